// npm --prefix web run bench:diagram: frames a second of a diagram of 1,000 nodes with 200 changes a second.
import { launchBrowser } from '../../web/e2e/support/browser';
import { Server } from '../../web/e2e/support/server';
import { Team } from '../../web/e2e/support/team';

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

const NODES = 1_000;
const SECONDS = 10;
/** The first frames draw everything once; they are another figure. */
const WARM_UP_MS = 1_500;

interface Figures {
  /** Frames of each whole second, as they came. */
  perSecond: number[];
  longestFrameMs: number;
  changesPerSecond: number;
}

/** Counts the frames that the page draws while nobody touches it. */
async function measure(page: Page): Promise<Figures> {
  await page.waitForTimeout(WARM_UP_MS);
  return page.evaluate(async (seconds) => {
    const made = (): number => Number(document.querySelector('[data-testid="changes-made"]')?.textContent);
    const perSecond = new Array<number>(seconds).fill(0);
    let longestFrameMs = 0;
    const before = made();
    const start = await new Promise<number>(requestAnimationFrame);
    let last = start;
    for (;;) {
      const now = await new Promise<number>(requestAnimationFrame);
      const second = Math.floor((now - start) / 1000);
      if (second >= seconds) break;
      perSecond[second] = (perSecond[second] ?? 0) + 1;
      longestFrameMs = Math.max(longestFrameMs, now - last);
      last = now;
    }
    return { perSecond, longestFrameMs, changesPerSecond: (made() - before) / seconds };
  }, SECONDS);
}

function report(what: string, { perSecond, longestFrameMs, changesPerSecond }: Figures): void {
  const sorted = [...perSecond].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.info(
    `${what}: median ${median}, worst ${sorted[0] ?? 0} frames a second; longest frame ${longestFrameMs.toFixed(0)} ms; ${changesPerSecond.toFixed(0)} changes a second`,
  );
}

const server = await Server.start();
const browser = await launchBrowser();
try {
  const { admin } = await Team.of(server);
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ ...admin.api.cookie, url: server.url }]);
  const page = await context.newPage();
  await page.goto(`${server.url}/gallery?stress=${NODES}`);
  const node = page.locator('svg [data-node]').first();
  await node.waitFor();
  report(`${NODES} nodes, at a size that can be read`, await measure(page));
  await page.getByRole('button', { name: 'Show all' }).click();
  report(`${NODES} nodes, all of them on the pane`, await measure(page));
} finally {
  await browser.close();
  await server.stop();
}
