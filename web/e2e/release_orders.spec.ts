import { ordersOf, publish } from './support/flows';
import { submitted } from './support/orders';
import { mayRelease, publishRun, released, RunPage } from './support/releases';
import { expect, test } from './support/test';

test.use({ viewport: { width: 1440, height: 900 } });

test('a release waits for the one that holds its application, says for which, and begins when that is through', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer({ localRunner: true });
  const [req] = await team.people(['Req']);
  await mayRelease(team, req);
  const more = ['application: shop'];
  const flow = await publishRun(team, { script: '[ "$ATTEMPT" = 2 ] || sleep 300', more });
  const first = await submitted(req, flow, { what: 'The first' });
  const page = new RunPage(await visit(req, `/orders/${first.id}`, { origin: server.url }));
  await page.expectNode('push', 'running');
  const second = await released(team, req, { script: 'echo mine', more });
  const waiting = new RunPage(await visit(req, `/orders/${second}`, { origin: server.url }));
  await waiting.open();
  await waiting.expectRun('requested');
  await expect(waiting.panel).toContainText('Waits for another release');
  const holder = waiting.panel.getByRole('link', { name: `waits until #${first.number} The first is through` });
  await expect(holder).toBeVisible();

  // Who may not wait is told at once, in their language.
  const third = await released(team, req, { script: 'echo never', more: [...more, 'lock: refuse'] });
  const refused = new RunPage(await visit(req, `/orders/${third}`, { origin: server.url, locale: 'zh-CN' }));
  await refused.expectNode('push', 'failed');
  await expect(refused.turn).toContainText(`工单 #${first.number} 正在发布到同一环境`);
  await expect(refused.timeline).toContainText(`工单 #${first.number} 正在发布到同一环境`);

  // The link leads to who is in the way; once that is stopped, and left as it is, the way is free.
  await holder.click();
  const there = new RunPage(waiting.page);
  await expect(there.page).toHaveURL(new RegExp(`/orders/${first.id}$`));
  await page.open();
  await page.panel.getByTestId('move-cancel_run').click();
  await page.explain('Too slow');
  await page.expectRun('cancelled');
  await page.panel.getByTestId('move-retry_failed').click();
  await page.expectStatus('done');
  await waiting.page.goto(`${server.url}/orders/${second}`);
  await waiting.expectStatus('done');
});

test('an older release comes back as an order of its own, with its reason', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer({ localRunner: true });
  const [req] = await team.people(['Req']);
  await mayRelease(team, req);
  const flow = await publishRun(team, { script: 'echo released', more: ['application: shop'] });
  const old = await submitted(req, flow, { what: 'v1' });
  const first = new RunPage(await visit(req, `/orders/${old.id}`, { origin: server.url }));
  await first.expectStatus('done');
  const slow = await submitted(req, flow, { what: 'v2' });
  const page = new RunPage(await visit(req, `/orders/${slow.id}`, { origin: server.url }));
  await page.expectStatus('done');

  await page.open();
  await page.panel.getByTestId('rollback').click();
  const dialog = page.page.getByRole('dialog', { name: 'Roll back' });
  await expect(dialog.getByRole('radio', { name: `#${old.number} v1` })).toBeChecked();
  await dialog.getByTestId('rollback-send').click();
  await expect(dialog).toContainText('Say why.');
  await dialog.getByTestId('rollback-reason').fill('v2 is slow');
  await dialog.getByTestId('rollback-send').click();
  await expect(dialog).toHaveCount(0);
  await expect(page.page.getByTestId('order-title')).toHaveText('v1');
  await expect(page.page).not.toHaveURL(new RegExp(`/orders/(${old.id}|${slow.id})$`));
  await page.expectStatus('done');
  await expect(page.chat).toContainText(`Roll back to #${old.number}: v2 is slow`);
});

test('a release that is asked for in the talk and needs more leads to its draft', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const [req] = await team.people(['Req']);
  await mayRelease(team, req);
  const { flow } = await publish(
    team,
    `
flow: NAME
name: {zh: 执行, en: Run}
title: '{version}'
form:
  - {id: version, label: {zh: 版本, en: Version}, type: text, required: true}
  - {id: notes, label: {zh: 说明, en: Notes}, type: text, required: true}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: push, name: {zh: 推送, en: Push}, kind: run, script: 'true', application: shop, releasers: [requester]}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: push}
  - {from: push, to: end}
`,
  );
  const room = await team.room('Releases', [req]);
  const page = await visit(req, `/rooms/${room.id}`, { origin: server.url });
  await page.getByTestId('composer').fill('/release shop v7');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByRole('link', { name: 'Open the draft' }).click();
  await expect(page.getByLabel('Version')).toHaveValue('v7');
  await page.getByLabel('Notes').fill('Faster');
  await page.getByTestId('submit').click();
  await new RunPage(page).expectNode('push', 'failed');
  expect(await ordersOf(req, flow)).toHaveLength(1);
});
