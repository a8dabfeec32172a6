// How smoothly a large flow is edited: a node, and a selection, are dragged through a flow of 300 nodes, and the time
// from frame to frame is taken in the page. `npm --prefix web run bench:editor` starts the server that
// COUNTERSIGN_BIN names (else the debug build) and prints what was found, in milliseconds, as one line of JSON.
import { launchBrowser } from '../../web/e2e/support/browser';
import { Server } from '../../web/e2e/support/server';
import { Team } from '../../web/e2e/support/team';

const NODES = 300;
/** Nodes of one line of the flow; the next line begins under it. */
const LINE = 20;
const STEPS = 120;

/** A flow that goes back and forth, every node with a place and every link with a text. */
function largeFlow(): string {
  const ids = Array.from({ length: NODES }, (_, index) => (index === 0 ? 'start' : index === NODES - 1 ? 'end' : `step-${index}`));
  const nodes = ids.map((id, index) => {
    const kind = index === 0 ? 'kind: start' : index === NODES - 1 ? 'kind: end' : 'kind: approve, who: [manager]';
    return `  - {id: ${id}, name: {zh: 第 ${index} 步, en: Step ${index}}, ${kind}}`;
  });
  const links = ids.slice(1).map((id, index) => `  - {from: ${ids[index] ?? ''}, to: ${id}, text: {zh: 然后, en: then}}`);
  const layout = ids.map((id, index) => `  ${id}: [${(index % LINE) * 230}, ${Math.floor(index / LINE) * 130}]`);
  return ['flow: large', 'name: {zh: 大流程, en: Large}', 'nodes:', ...nodes, 'links:', ...links, 'layout:', ...layout, ''].join('\n');
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
}

const server = await Server.start();
const browser = await launchBrowser();
try {
  const team = await Team.of(server);
  await team.admin.api.put('/api/flows/large/draft', { yaml: largeFlow(), base: null });
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ ...team.admin.api.cookie, url: server.url }]);
  const page = await context.newPage();
  await page.goto(`${server.url}/flows/large/edit`);
  await page.locator('[data-node="step-1"]').waitFor();

  const measured: Record<string, unknown> = { nodes: await page.locator('svg [data-node]').count() };
  for (const what of ['node', 'selection'] as const) {
    await page.keyboard.press('Escape');
    if (what === 'selection') {
      await page.locator('[data-node="step-1"]').focus();
      await page.keyboard.press('Control+a');
    }
    const box = await page.locator('[data-node="step-1"]').boundingBox();
    if (box === null) throw new Error('there is nothing to drag');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.evaluate(() => {
      const frames: number[] = [];
      let last = performance.now();
      const frame = (now: number): void => {
        frames.push(now - last);
        last = now;
        if ((window as unknown as { isDragging: boolean }).isDragging) requestAnimationFrame(frame);
      };
      Object.assign(window, { frames, isDragging: true });
      requestAnimationFrame(frame);
    });
    for (let step = 1; step <= STEPS; step += 1) {
      await page.mouse.move(x + 120 * Math.sin(step / 9), y + step * 1.5);
    }
    const frames = await page.evaluate(() => {
      const seen = window as unknown as { frames: number[]; isDragging: boolean };
      seen.isDragging = false;
      return seen.frames.slice(1);
    });
    await page.mouse.up();
    const sorted = frames.sort((one, other) => one - other);
    measured[what] = { frames: sorted.length, median_ms: quantile(sorted, 0.5), p95_ms: quantile(sorted, 0.95), longest_ms: quantile(sorted, 1) };
  }
  console.info(JSON.stringify(measured));
} finally {
  await browser.close();
  await server.stop();
}
