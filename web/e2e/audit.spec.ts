import { expect, test } from './support/test';

test('the audit log is filtered by what, who and name, and the address keeps the filter', async ({ team, visit }) => {
  const [keeper] = await team.people(['Keeper']);
  await team.admin.api.put(`/api/people/${keeper.id}/permissions`, { permissions: [{ permission: 'manage_hosts' }] });
  await keeper.api.post('/api/hosts', { name: 'audited-1', address: '10.0.0.1', username: 'deploy', labels: ['blue'] });
  await team.admin.api.post('/api/hosts', { name: 'audited-2', address: '10.0.0.2', username: 'deploy' });

  const page = await visit(team.admin, '/admin/audit');
  const events = page.getByRole('list', { name: 'Audit log' }).getByRole('listitem');
  await expect(events.first()).toContainText('Host created audited-2');
  await page.getByLabel('What').selectOption('host');
  await page.getByRole('combobox', { name: 'Who' }).fill('Keeper');
  await page.getByRole('option', { name: /Keeper/ }).first().click();
  await expect(events).toHaveCount(1);
  await expect(events.first()).toContainText('Labels: blue');
  await page.reload();
  await expect(events).toHaveCount(1);
  await expect(events.first()).toContainText('audited-1');
  await page.getByLabel('Name').fill('audited-2');
  await page.getByLabel('Name').press('Enter');
  await expect(page.getByText('Nothing fits')).toBeVisible();
});
