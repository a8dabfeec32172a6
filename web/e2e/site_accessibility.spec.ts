import { expectAccessible } from './support/accessible';
import { looks } from './support/looks';
import { expect, test } from './support/test';

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
      const main = page.getByRole('main');
      const row = (text: string) => main.getByRole('listitem').filter({ hasText: text }).first();
      // Each with something that stands there only when all of it is there.
      for (const [path, sign] of [
        ['/hosts', row('far')],
        ['/hosts/groups', row('web')],
        ['/hosts/applications', main.locator('form').nth(1)],
        ['/hosts/secrets', row('DEPLOY_TOKEN')],
        ['/admin/hooks', row('push')],
        ['/admin/webhooks', row('Builds')],
        ['/admin/audit', row('far')],
        ['/admin/settings', main.locator('dd').last()],
        ['/profile/notifications', main.getByRole('checkbox').last()],
        ['/dashboard', main.getByRole('region').last()],
      ] as const) {
        await page.goto(server.url + path);
        await expect(sign).toBeVisible();
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
