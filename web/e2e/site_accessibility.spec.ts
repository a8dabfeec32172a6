import { expectAccessible } from './support/accessible';
import { looks } from './support/looks';
import { expect, test } from './support/test';

const pages = [
  ...['/hosts', '/hosts/groups', '/hosts/applications', '/hosts/secrets'],
  ...['/admin/hooks', '/admin/webhooks', '/admin/audit', '/admin/settings'],
  ...['/profile/notifications', '/dashboard'],
];

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use(look);

    test('what a site runs with is for everybody', async ({ ownServer, visit }) => {
      const { server, team } = await ownServer({ withSample: true, localRunner: true });
      const { api } = team.admin;
      const grants = [{ application: 'web', environment: '*' }];
      await api.post('/api/secrets', { name: 'DEPLOY_TOKEN', value: 'never shown', grants });
      await api.post('/api/hosts', { name: 'far', address: '127.0.0.1', port: 9, username: 'deploy' });
      await api.post('/api/webhooks', { name: 'Builds', url: 'https://example.org/', events: ['order.ended'] });
      const hook = { name: 'push', kind: 'github', flow: 'website', account: team.admin.id };
      await api.post('/api/hooks', hook);
      const page = await visit(team.admin, '/hosts', { origin: server.url });
      for (const path of pages) {
        await page.goto(server.url + path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
        await page.waitForLoadState('networkidle');
        await expectAccessible(page, path);
      }
      await page.goto(`${server.url}/hosts`);
      await page.getByRole('listitem').filter({ hasText: 'far' }).getByTestId('host-actions').click();
      await page.getByRole('menuitem').first().click();
      await expect(page.getByRole('dialog').getByRole('listitem').nth(1)).toBeVisible();
      await expectAccessible(page, 'the test of a connection');
    });
  });
}
