import { mayRelease, released, RunPage } from './support/releases';
import { Sshd } from './support/sshd';
import { expect, test } from './support/test';

test.use({ viewport: { width: 1440, height: 900 } });

test('a release goes over SSH once an administrator has confirmed the key of its host', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const sshd = await Sshd.start();
  try {
    const [req] = await team.people(['Req']);
    await mayRelease(team, req);
    await team.admin.api.post('/api/host-groups', { name: 'web', title: 'Web' });
    const { port, username } = sshd;
    await team.admin.api.post('/api/hosts', { name: 'web-1', address: '127.0.0.1', port, username, groups: ['web'] });
    const id = await released(team, req, { script: 'echo "hello from $SSH_CONNECTION $HOST"', on: 'web' });
    const page = new RunPage(await visit(req, `/orders/${id}`, { origin: server.url, locale: 'zh-CN' }));
    await page.expectNode('push/web-1', 'failed');
    await page.turn.getByTestId('show-output').click();
    await expect(page.timeline).toContainText(`主机密钥 ${sshd.fingerprint} 还没有人确认`);

    // Whoever looks after hosts compares the key with the host's own, and lets the site in there.
    const hosts = await visit(team.admin, '/hosts', { origin: server.url });
    await hosts.getByRole('button', { name: 'Test the connection to web-1' }).click();
    const dialog = hosts.getByRole('dialog', { name: 'Connection to web-1' });
    await expect(dialog).toContainText(sshd.fingerprint);
    await dialog.getByRole('button', { name: 'Confirm this key' }).click();
    await sshd.allow(await dialog.getByLabel('Public key').inputValue());
    await dialog.getByRole('button', { name: 'Test again' }).click();
    await expect(dialog).toContainText('Everything that releases need works.');

    await page.turn.getByTestId('move-retry_failed').click();
    await page.expectStatus('done');
    await expect(page.lines).toContainText('hello from 127.0.0.1');
    await expect(page.lines).toContainText('正常结束');
  } finally {
    await sshd.stop();
  }
});
