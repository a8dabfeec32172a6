import { readFile } from 'node:fs/promises';
import { Gate } from './support/gate';
import { hosts, mayRelease, publishWebsite, released, runs, RunPage } from './support/releases';
import { setManager } from './support/flows';
import { submitted } from './support/orders';
import type { Server } from './support/server';
import type { Team } from './support/team';
import { expect, test } from './support/test';

test.use({ viewport: { width: 1440, height: 900 } });

/** A server on whose machine scripts may run. */
async function runner(ownServer: (options: { localRunner: true }) => Promise<{ server: Server; team: Team }>) {
  const { server, team } = await ownServer({ localRunner: true });
  return { origin: server.url, team };
}

test('a website is released: two browsers watch every step and host to the green end, and replay it', async ({ ownServer, visit }) => {
  const { origin, team } = await runner(ownServer);
  const [req, boss, ops] = await team.people(['Req', 'Boss', 'Ops']);
  await setManager(team, req, boss);
  await mayRelease(team, req);
  const web = await hosts(team, 3);
  const flow = await publishWebsite(team, [ops], web.group);
  const { id } = await submitted(req, flow, { version: 'v1.4.2', environment: 'staging', notes: 'Faster' });

  const pages = [new RunPage(await visit(req, `/orders/${id}`, { origin })), new RunPage(await visit(boss, `/orders/${id}`, { origin, locale: 'zh-CN' }))];
  const [watching, deciding] = pages as [RunPage, RunPage];
  await watching.mark();
  await deciding.turn.getByTestId('move-approve').click();

  for (const node of ['fetch', 'compile', 'package', 'push', 'restart', 'tell', 'end']) {
    await Promise.all(pages.map((page) => page.expectNode(node, 'done')));
  }
  for (const name of web.names) await watching.expectNode(`push/${name}`, 'done');
  await Promise.all(pages.map((page) => page.expectStatus('done')));
  await watching.expectNoReload();
  await expect(watching.timeline).toContainText('Push to servers started on 3 hosts');
  await expect(watching.timeline).toContainText('Push to servers is done');
  await expect(deciding.timeline).toContainText('推送到服务器 在 3 台主机上开始执行');

  // What was built can be read, and taken along.
  // On a narrower page the flow goes down, further than its pane; the output takes half of that, too. What it is of stays
  // in sight.
  await watching.page.setViewportSize({ width: 1280, height: 900 });
  await watching.open('package');
  await expect(watching.node('package')).toBeInViewport({ ratio: 1 });
  await expect(watching.lines).toContainText('site.tar.gz');
  await watching.panel.getByTestId('run-details').click();
  const download = watching.page.waitForEvent('download');
  await watching.panel.getByTestId('artifact').click();
  expect((await download).suggestedFilename()).toBe('site.tar.gz');

  // Before anything ran, there is nothing of it.
  await watching.page.getByTestId('replay-slider').press('Home');
  await watching.expectNode('push', 'idle');
  await expect(watching.node(`push/${web.names[0]}`)).toHaveCount(0);
  await watching.page.getByTestId('replay-slider').press('End');
  await watching.expectNode('push', 'done');
});

test('a host that fails says so everywhere, and is tried again alone', async ({ ownServer, visit }) => {
  const { origin, team } = await runner(ownServer);
  const [req] = await team.people(['Req']);
  const web = await hosts(team, 3);
  const [first = '', second = '', third = ''] = web.names;
  const script = `
echo "attempt $ATTEMPT on $HOST"
if [ "$HOST" = ${second} ] && [ "$ATTEMPT" = 1 ]; then
  printf '\\033[31mno space left\\033[0m\\n'
  exit 28
fi
`;
  const id = await released(team, req, { script, on: web.group, more: ['batches: parallel'] });
  await team.admin.api.command({ type: 'join', room: id });

  const page = new RunPage(await visit(req, `/orders/${id}`, { origin }));
  const watching = new RunPage(await visit(team.admin, `/orders/${id}`, { origin }));
  await page.expectNode('push', 'failed');
  await page.expectNode(`push/${second}`, 'failed');
  await expect(page.turn).toContainText('Push failed and waits for you');
  await expect(page.turn).toContainText(`${second} (exit 28)`);
  await expect(page.timeline).toContainText(`${second} failed, exit status 28`);
  await expect(page.page.getByTestId('run-asks')).toHaveText('Failed');
  const inbox = await visit(req, '/inbox', { origin });
  const row = inbox.locator(`[data-testid="order-row"][data-order="${id}"]`);
  await expect(row.getByTestId('run-asks')).toHaveText('Failed');

  // From what is asked to what was written: the host that failed is the one that is shown.
  await page.turn.getByTestId('show-output').click();
  await expect(page.host(second)).toHaveAttribute('aria-selected', 'true');
  await expect(page.lines).toContainText('no space left');
  await expect(page.lines.locator('.ink-1')).toHaveText('no space left');
  await expect(page.lines).toContainText('Ended with exit status 28');
  await page.host(second).press('ArrowUp');
  await expect(page.host(first)).toBeFocused();
  await expect(page.lines).toContainText(`attempt 1 on ${first}`);

  await page.turn.getByTestId('move-retry_failed').click();
  await Promise.all([page.expectStatus('done'), watching.expectStatus('done')]);
  await expect(row).toHaveCount(0);
  await watching.open(`push/${second}`);
  await expect(watching.lines).toContainText(`attempt 2 on ${second}`);
  // What it wrote when it failed is not lost.
  await expect(watching.attempt(2)).toHaveAttribute('aria-pressed', 'true');
  await watching.attempt(1).click();
  await expect(watching.attempt(1)).toHaveText('Attempt 1 · Failed');
  await expect(watching.lines).toContainText(`attempt 1 on ${second}`);
  await expect(watching.lines).toContainText('Ended with exit status 28');
  await watching.host(third).click();
  await expect(watching.lines).toContainText(`attempt 1 on ${third}`);
  await expect(watching.panel.getByTestId('attempts')).toHaveCount(0);
  await expect(watching.timeline).toContainText('Req runs Push again (attempt 2)');
});

test('a run that does not end is stopped, and says who stopped it and why', async ({ ownServer, visit }) => {
  const { origin, team } = await runner(ownServer);
  const [req] = await team.people(['Req']);
  const id = await released(team, req, { script: 'echo begun\nsleep 300' });
  const page = new RunPage(await visit(req, `/orders/${id}`, { origin }));
  await page.expectNode('push', 'running');
  await page.open();
  await expect(page.lines).toContainText('begun');
  await page.panel.getByTestId('move-cancel_run').click();
  const dialog = page.page.getByRole('dialog');
  await expect(dialog).toContainText('The script is stopped where it runs');
  await page.explain('The wrong version');
  await page.expectRun('cancelled');
  await expect(page.timeline).toContainText('Req stops Push');
  await expect(page.timeline).toContainText('The wrong version');
  await expect(page.turn).toContainText('Push was stopped: what now?');
  await page.panel.getByTestId('move-retry_failed').click();
  await page.expectRun('running');
});

test('a run is paused between its batches, and goes on', async ({ ownServer, visit }) => {
  const { origin, team } = await runner(ownServer);
  const [req] = await team.people(['Req']);
  const web = await hosts(team, 2);
  const [first = '', second = ''] = web.names;
  const gate = await Gate.closed();
  try {
    const id = await released(team, req, { script: gate.script, on: web.group, more: ['batches: serial'] });
    const page = new RunPage(await visit(req, `/orders/${id}`, { origin }));
    await page.expectNode('push', 'running');
    await page.open();
    await page.panel.getByTestId('move-pause_run').click();
    await expect(page.panel).toContainText('Paused');
    await gate.open();
    await page.expectHost(first, 'succeeded');
    await page.expectHost(second, 'waiting');
    await page.panel.getByTestId('move-continue_run').click();
    await page.expectHost(second, 'succeeded');
    await page.expectStatus('done');
    await expect(page.timeline).toContainText('Req paused Push');
  } finally {
    await gate.remove();
  }
});

test('a long output is followed, held, searched and taken along', async ({ ownServer, visit }) => {
  const { origin, team } = await runner(ownServer);
  const [req] = await team.people(['Req']);
  const script = `
i=0
while [ $i -lt 5000 ]; do i=$((i+1)); [ $((i % 1000)) = 500 ] && echo "needle $i" || echo "line $i"; done
echo "::progress 40"
while :; do i=$((i+1)); echo "tick $i"; sleep 0.2; done
`;
  const id = await released(team, req, { script });
  const page = new RunPage(await visit(req, `/orders/${id}`, { origin }));
  await page.expectNode('push', 'running');
  await page.open();
  const output = page.panel.getByTestId('output');
  const last = page.lines.getByTestId('output-line').last();
  await expect(last).toContainText('tick');
  await expect(page.panel.getByTestId('run-progress')).toHaveAttribute('aria-valuenow', '40');
  await expect(page.node('push')).toContainText('40%');

  // Whoever scrolls up is left in peace, and comes back with a press.
  await page.lines.hover();
  await page.page.mouse.wheel(0, -3_000);
  await expect(output).toHaveAttribute('data-following', 'false');
  const held = await page.lines.evaluate((element) => element.scrollTop);
  const [before] = (await runs(req, id)).runs;
  await expect
    .poll(async () => (await runs(req, id)).runs[0]?.hosts[0]?.output?.last_seq)
    .toBeGreaterThan((before?.hosts[0]?.output?.last_seq ?? 0) + 3);
  expect(await page.lines.evaluate((element) => element.scrollTop)).toBe(held);
  await page.panel.getByTestId('output-to-end').click();
  await expect(output).toHaveAttribute('data-following', 'true');
  await expect(last).toContainText('tick');

  const search = page.panel.getByTestId('output-search');
  await search.fill('NEEDLE');
  await expect(page.panel.getByTestId('output-matches')).toHaveText('1 / 5');
  await expect(page.lines.locator('mark').first()).toHaveText('needle');
  await search.press('Enter');
  await expect(page.panel.getByTestId('output-matches')).toHaveText('2 / 5');
  await expect(page.lines.locator('.current')).toContainText('needle 1500');
  await expect(page.lines.locator('.current .number')).toHaveAttribute('data-number', '1500');
  await search.press('Shift+Enter');
  await search.press('Shift+Enter');
  await expect(page.lines.locator('.current')).toContainText('needle 4500');
  await search.press('Escape');
  await expect(page.panel).toBeVisible();

  await page.panel.getByTestId('output-download').click();
  const download = page.page.waitForEvent('download');
  await page.page.getByRole('menuitem', { name: 'Plain text' }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  expect(text.split('\n').slice(0, 2)).toEqual(['line 1', 'line 2']);
  expect(text).toContain('needle 4500');

  await page.page.keyboard.press('Escape');
  await expect(page.panel).toHaveCount(0);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 740 }, hasTouch: true });

  test('the output takes the page, and gives it back', async ({ ownServer, visit }) => {
    const { origin, team } = await runner(ownServer);
    const [req] = await team.people(['Req']);
    const web = await hosts(team, 2);
    const [first = '', second = ''] = web.names;
    const id = await released(team, req, { script: `echo "hello from $HOST"; [ "$HOST" = ${first} ]`, on: web.group });
    const page = new RunPage(await visit(req, `/orders/${id}`, { origin, hasTouch: true }));
    await page.turn.getByTestId('show-output').click();
    await expect(page.panel).toBeVisible();
    await expect(page.lines).toContainText(`hello from ${second}`);
    expect(await page.panel.boundingBox()).toMatchObject({ x: 0, y: 0, width: 375, height: 740 });
    await page.host(first).click();
    await expect(page.lines).toContainText(`hello from ${first}`);
    const wide = await page.page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(375);
    await page.panel.getByTestId('run-close').click();
    await expect(page.panel).toHaveCount(0);
    await expect(page.turn).toBeVisible();
  });
});
