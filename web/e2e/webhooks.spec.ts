import { publishRequest, submitted } from './support/orders';
import { Receiver, signatureOf } from './support/receiver';
import { expect, test } from './support/test';

test('another program is told of an order in a signed message, and once more when it was not there', async ({
  ownServer,
  visit,
}) => {
  const { server, team } = await ownServer({ localWebhooks: true });
  const receiver = await Receiver.start();
  try {
    const [ann] = await team.people(['Ann']);
    const { flow } = await publishRequest(team, [ann]);
    const page = await visit(team.admin, '/admin/webhooks', { origin: server.url });
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Build server');
    await form.getByLabel('Address').fill(receiver.url);
    await form.getByRole('button', { name: 'Save' }).click();
    const secret = await page.getByRole('alertdialog').getByLabel('Secret').inputValue();
    await page.getByRole('button', { name: 'Done' }).click();

    receiver.status = 500;
    await submitted(ann, flow, { what: 'A new keyboard' });
    await expect.poll(() => receiver.received.length).toBe(1);
    const [told] = receiver.received;
    if (told === undefined) throw new Error('nothing came');
    expect(told.headers['webhook-signature']).toBe(signatureOf(told, secret));
    expect(JSON.parse(told.body)).toMatchObject({ type: 'order.submitted' });

    await page.getByRole('button', { name: 'Actions for Build server' }).click();
    await page.getByRole('menuitem', { name: 'Deliveries' }).click();
    const delivery = page.getByRole('dialog').getByRole('listitem').first();
    await expect(delivery).toContainText('HTTP 500');
    receiver.status = 204;
    await expect(delivery).toContainText('Delivered');
    await expect(delivery).toContainText('2 attempts');
    await delivery.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => receiver.received.length).toBe(3);
    // The receiver knows by its id that it is the same message.
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  } finally {
    await receiver.close();
  }
});
