import { OrderPage } from './support/orders';
import { ADMIN_PASSWORD } from './support/server';
import { expect, test } from './support/test';

const A_MINUTE_MS = 60_000;

test('a newcomer approves the sample order within a minute of the first boot', async ({ ownServer, visit }) => {
  const began = Date.now();
  const { server } = await ownServer({ withSample: true });
  const page = await visit(null, '/', { origin: server.url, viewport: { width: 1440, height: 900 } });
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /Inbox/ }).click();
  await page.getByTestId('order-row').first().getByRole('link').click();
  const order = new OrderPage(page);
  const task = order.turn.getByTestId('ask').first();
  await task.getByTestId('move-approve').click();
  await expect(order.timeline).toContainText('approved');
  const took = Date.now() - began;
  console.info(`from the first boot to the first approval: ${(took / 1_000).toFixed(1)} s`);
  expect(took).toBeLessThan(A_MINUTE_MS);
});
