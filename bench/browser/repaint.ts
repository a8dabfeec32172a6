// The browser of `bench repaint`: watches the pages of orders while somebody else decides, step by step. What to do
// comes in the variable REPAINT; the last line of the output is what was found out.
import { launchBrowser } from '../../web/e2e/support/browser';

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

interface Task {
  origin: string;
  /** Cookies: `name=value`. */
  watcher: string;
  decider: string;
  orders: number[];
  /** The nodes of each order, in the order in which they are decided. */
  steps: string[];
}

/** The pause before each decision, so that none comes in step with the frames. */
const PAUSE_MS = { least: 40, span: 60 };
/** A decision that is not seen within this time fails the measurement. */
const PATIENCE_MS = 10_000;

/** Somebody's connection on `/live`. It belongs to a page without scripts of its own, in a browser of its own. */
async function connect(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/healthz`);
  await page.evaluate(async (url) => {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    Object.assign(window, { socket });
  }, `${origin.replace('http', 'ws')}/live`);
}

interface Decided {
  sentAt: number;
  acknowledgedAt: number;
}

/** Approves an order. */
function approve(page: Page, order: number, command: string): Promise<Decided> {
  return page.evaluate(
    ({ order, command }) =>
      new Promise<Decided>((resolve, reject) => {
        const { socket } = window as unknown as { socket: WebSocket };
        const text = JSON.stringify({ type: 'decide', command, order, move: { move: 'approve' } });
        socket.onmessage = ({ data }) => {
          const answer = JSON.parse(String(data)) as { type: string; command?: string };
          if (answer.command !== command) return;
          const acknowledgedAt = performance.timeOrigin + performance.now();
          if (answer.type === 'ack') resolve({ sentAt, acknowledgedAt });
          else reject(new Error(String(data)));
        };
        const sentAt = performance.timeOrigin + performance.now();
        socket.send(text);
      }),
    { order, command },
  );
}

/**
 * Waits in the page for a node to be done, and answers when the frame that shows it is drawn: a message that is sent
 * from the frame's callback comes when the frame's own work is over.
 */
function watch(page: Page, node: string): Promise<number> {
  return page.evaluate(
    ({ node, patience }) =>
      new Promise<number>((resolve, reject) => {
        const shown = document.querySelector(`svg [data-node="${node}"]`);
        if (shown === null) throw new Error(`${node} is not on the page`);
        const late = setTimeout(() => reject(new Error(`${node} is ${shown.getAttribute('data-state')}`)), patience);
        const observer = new MutationObserver(() => {
          if (shown.getAttribute('data-state') !== 'done') return;
          observer.disconnect();
          clearTimeout(late);
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
            port2.postMessage(null);
          });
        });
        observer.observe(shown, { attributes: true, attributeFilter: ['data-state'] });
        Object.assign(window, { isWatching: node });
      }),
    { node, patience: PATIENCE_MS },
  );
}

function cookie(pair: string, url: string): { name: string; value: string; url: string } {
  const [name = '', value = ''] = pair.split('=', 2);
  return { name, value, url };
}

const task = JSON.parse(process.env.REPAINT ?? '') as Task;
const [watching, deciding] = [await launchBrowser(), await launchBrowser()];
const [repaint, acknowledgement]: [number[], number[]] = [[], []];
try {
  const watcher = await watching.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 } });
  await watcher.addCookies([cookie(task.watcher, task.origin)]);
  const decider = await deciding.newContext();
  await decider.addCookies([cookie(task.decider, task.origin)]);
  const connection = await decider.newPage();
  await connect(connection, task.origin);
  const page = await watcher.newPage();
  for (const order of task.orders) {
    await page.goto(`${task.origin}/orders/${order}`);
    await page.locator(`svg [data-node="${task.steps[0]}"][data-state="waiting"]`).waitFor();
    for (const step of task.steps) {
      const seen = watch(page, step);
      await page.waitForFunction((step) => (window as unknown as { isWatching?: string }).isWatching === step, step);
      await page.waitForTimeout(PAUSE_MS.least + Math.random() * PAUSE_MS.span);
      const [drawnAt, { sentAt, acknowledgedAt }] = await Promise.all([
        seen,
        approve(connection, order, `repaint-${order}-${step}`),
      ]);
      repaint.push(drawnAt - sentAt);
      acknowledgement.push(acknowledgedAt - sentAt);
    }
  }
} finally {
  await watching.close();
  await deciding.close();
}
console.info(JSON.stringify({ repaint_ms: repaint, acknowledgement_ms: acknowledgement }));
