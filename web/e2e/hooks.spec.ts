import { createHmac } from 'node:crypto';
import { publishRequest } from './support/orders';
import { expect, test } from './support/test';

test('a signed push starts an order, and one that somebody else signed does not', async ({ team, server, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publishRequest(team, [ann]);
  const page = await visit(team.admin, '/admin/hooks');
  await page.getByRole('button', { name: 'New trigger' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('website-push');
  await dialog.getByLabel('Flow', { exact: true }).selectOption(flow);
  await dialog.getByLabel('Only when').fill('branch == "main"');
  await dialog.getByLabel('What', { exact: true }).fill('branch + " " + commit');
  await dialog.getByRole('button', { name: 'Save' }).click();

  const made = page.getByRole('alertdialog');
  const address = await made.getByLabel('Address').inputValue();
  const secret = await made.getByLabel('Secret').inputValue();
  expect(address).toBe(`${server.url}/api/hooks/website-push/deliver`);
  await made.getByRole('button', { name: 'Done' }).click();

  const push = (branch: string, key: string) => {
    const body = JSON.stringify({ ref: `refs/heads/${branch}`, after: 'c0ffee', commits: [] });
    const headers = {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'push',
      'X-GitHub-Delivery': `push-to-${branch}`,
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
    };
    return fetch(address, { method: 'POST', headers, body });
  };
  expect((await push('main', 'a guess')).status).toBe(401);
  expect((await push('main', secret)).status).toBe(200);
  expect((await push('trial', secret)).status).toBe(200);

  await page.getByRole('button', { name: 'Actions for website-push' }).click();
  await page.getByRole('menuitem', { name: 'Deliveries' }).click();
  const deliveries = dialog.getByRole('listitem');
  await expect(deliveries).toHaveCount(2);
  await expect(deliveries.first()).toContainText('Ignored');
  await expect(deliveries.last()).toContainText('Started');
  await deliveries.last().getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: 'main c0ffee' })).toBeVisible();
});
