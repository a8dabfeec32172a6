import { Sshd } from './support/sshd';
import { expect, test } from './support/test';

test('a new host is taken in step by step, and warned of when it shows another key', async ({ team, visit }) => {
  const sshd = await Sshd.start();
  try {
    await team.admin.api.post('/api/host-groups', { name: 'databases', title: 'Databases' });
    const page = await visit(team.admin, '/hosts');
    await page.getByRole('button', { name: 'New host' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('db-1');
    await form.getByLabel('Address').fill('127.0.0.1');
    await form.getByLabel('User').fill(sshd.username);
    await form.getByLabel('Port').fill(String(sshd.port));
    await form.getByLabel('Databases').check();
    await form.getByRole('button', { name: 'Save' }).click();

    // The connection is tested at once, and ends at the key that nobody has confirmed.
    const dialog = page.getByRole('dialog', { name: 'Connection to db-1' });
    const steps = dialog.getByRole('list', { name: 'Steps of the test' }).getByRole('listitem');
    await expect(steps).toHaveCount(3);
    await expect(steps.last()).toContainText('fails');
    await expect(dialog).toContainText(sshd.fingerprint);
    await dialog.getByRole('button', { name: 'Confirm this key' }).click();

    // The host does not know the site yet: what to do stands there, with what it takes.
    await expect(steps.last()).toContainText('Append the public key of this site');
    await sshd.allow(await dialog.getByLabel('Public key').inputValue());
    await dialog.getByRole('button', { name: 'Test again' }).click();
    await expect(dialog).toContainText('Everything that releases need works.');
    await expect(steps).toHaveCount(8);
    await dialog.getByRole('button', { name: 'Done' }).click();
    const host = page.getByRole('listitem').filter({ hasText: 'db-1' });
    await expect(host).toContainText('Reachable');
    await expect(host).toContainText('databases');

    const confirmed = sshd.fingerprint;
    await sshd.installAgain();
    await page.getByRole('button', { name: 'Test the connection to db-1' }).click();
    await expect(dialog).toContainText('The host shows another key than the one that was confirmed');
    await expect(dialog).toContainText(confirmed);
    await expect(dialog).toContainText(sshd.fingerprint);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(host).toContainText('Fails');
  } finally {
    await sshd.stop();
  }
});

test('a host that nobody can reach says why, and what to do', async ({ team, visit }) => {
  await team.admin.api.post('/api/hosts', {
    name: 'gone',
    address: '127.0.0.1',
    port: 9,
    username: 'deploy',
  });
  const page = await visit(team.admin, '/hosts', { locale: 'zh-CN' });
  await page.getByRole('button', { name: '测试与 gone 的连接' }).click();
  await expect(page.getByRole('dialog')).toContainText('此端口没有程序监听');
});

test('a secret is kept for the releases that it is granted to, and never shown again', async ({ team, visit }) => {
  const page = await visit(team.admin, '/hosts/secrets');
  await page.getByRole('button', { name: 'New secret' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('DEPLOY_TOKEN');
  await dialog.getByLabel('Value').fill('correct horse battery staple');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByLabel('Application').fill('web');
  await dialog.getByLabel('Environment').fill('production');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const secret = page.getByRole('listitem').filter({ hasText: 'DEPLOY_TOKEN' });
  await expect(secret).toContainText('web / production');
  await page.getByRole('button', { name: 'Change DEPLOY_TOKEN' }).click();
  await expect(dialog.getByLabel('New value')).toHaveValue('');
  await page.reload();
  await expect(secret).toBeVisible();
  expect(await page.content()).not.toContain('battery');
});

test('whoever manages hosts sees them without being an administrator, and others do not', async ({ team, visit }) => {
  const [keeper, other] = await team.people(['Keeper', 'Other']);
  await team.admin.api.put(`/api/people/${keeper.id}/permissions`, { permissions: [{ permission: 'manage_hosts' }] });
  const page = await visit(keeper, '/hosts');
  await expect(page.getByRole('button', { name: 'New host' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Secrets' })).toHaveCount(0);
  const stranger = await visit(other, '/inbox');
  await expect(stranger.getByRole('link', { name: 'Inbox' })).toBeVisible();
  await expect(stranger.getByRole('link', { name: 'Hosts' })).toHaveCount(0);
});
