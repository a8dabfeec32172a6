import type { Page } from '@playwright/test';
import { Conversation } from './support/conversation';
import { expect, test } from './support/test';

const MESSAGES = process.env.COUNTERSIGN_TEST_LONG === undefined ? 20_000 : 100_000;
const UNREAD = 300;
const NODES_AT_MOST = 300;
const SLOW_FRAME_MS = 200;

test.setTimeout(MESSAGES * 5 + 60_000);

test(`a room of ${MESSAGES} messages opens at the first unread one, and scrolls smoothly with few nodes`, async ({
  ownServer,
  visit,
}) => {
  const { server, team } = await ownServer({ commandsPerSecond: 1_000_000 });
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('The long room', [ann, bea]);
  const writer = await visit(bea, '/icon.svg', { origin: server.url });
  await sayMany(writer, room.id, MESSAGES - UNREAD);
  const { last_seq } = await ann.api.get<{ last_seq: number }>(`/api/rooms/${room.id}`);
  await ann.api.post('/api/commands', { type: 'read', room: room.id, seq: last_seq });
  await sayMany(writer, room.id, UNREAD);
  await writer.close();

  const page = await visit(ann, `/rooms/${room.id}`, { origin: server.url });
  const conversation = new Conversation(page);
  await expect(page.getByTestId('unread-divider')).toBeInViewport();
  await expect(page.locator(`[data-seq="${last_seq + 1}"]`)).toBeInViewport();

  await watchFrames(page);
  const mostNodes = [await conversation.messages.count()];
  await page.getByTestId('jump-latest').click();
  await expect(page.locator(`[data-seq="${last_seq + UNREAD}"]`)).toBeInViewport();
  await expect(page.getByTestId('jump-latest')).toBeHidden();

  // Far up with the wheel, as a person does who looks for something.
  await page.getByTestId('message-list').hover();
  const goal = last_seq - 2_000;
  let first = last_seq;
  await expect(async () => {
    for (let turn = 0; turn < 10; turn += 1) await page.mouse.wheel(0, -1_500);
    const shown = await conversation.shown();
    mostNodes.push(shown.length);
    first = shown[0]?.seq ?? first;
    expect(first).toBeLessThan(goal);
  }).toPass({ intervals: [20], timeout: 60_000 });
  const seqs = (await conversation.shown()).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));

  const frames = await slowFrames(page);
  console.info(
    `${MESSAGES} messages: at most ${Math.max(...mostNodes)} drawn; ` +
      `${frames.slow} of ${frames.all} frames took longer than ${SLOW_FRAME_MS} ms, the longest ${frames.longest} ms`,
  );
  expect(Math.max(...mostNodes)).toBeLessThan(NODES_AT_MOST);
  // Generous: it runs beside twenty other browsers.
  expect(frames.slow).toBeLessThan(frames.all / 3);

  await page.getByTestId('jump-latest').click();
  await expect(page.locator(`[data-seq="${last_seq + UNREAD}"]`)).toBeInViewport();
  await conversation.say('And one more');
});

/** Many sockets at once, each with many messages on the way: the server writes them down together. */
async function sayMany(page: Page, room: number, count: number): Promise<void> {
  await page.evaluate(
    async ({ room, count }) => {
      const sockets = 32;
      const unanswered = 50;
      let said = 0;
      const sayShare = () =>
        new Promise<void>((resolve, reject) => {
          const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/live`);
          let waiting = 0;
          const sayMore = () => {
            for (; waiting < unanswered && said < count; waiting += 1) {
              said += 1;
              const text = `Message ${said}. ${'It says this and that. '.repeat(said % 7)}`;
              socket.send(JSON.stringify({ type: 'say', command: crypto.randomUUID(), room, text }));
            }
            if (waiting === 0) socket.close();
          };
          socket.onmessage = ({ data }: MessageEvent<string>) => {
            const { type } = JSON.parse(data) as { type: string };
            if (type === 'refused') reject(new Error(data));
            if (type === 'ack') waiting -= 1;
            if (type === 'ack' || type === 'hello') sayMore();
          };
          socket.onclose = ({ code }) => (waiting === 0 ? resolve() : reject(new Error(`closed with ${code}`)));
        });
      await Promise.all(Array.from({ length: sockets }, sayShare));
    },
    { room, count },
  );
}

interface Frames {
  last: number;
  lengths: number[];
}

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frames: Frames = { last: performance.now(), lengths: [] };
    Object.assign(globalThis, { frames });
    const next = (now: number) => {
      frames.lengths.push(now - frames.last);
      frames.last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
}

function slowFrames(page: Page): Promise<{ all: number; slow: number; longest: number }> {
  return page.evaluate((slowMs) => {
    const { lengths } = (globalThis as unknown as { frames: Frames }).frames;
    return {
      all: lengths.length,
      slow: lengths.filter((length) => length > slowMs).length,
      longest: Math.round(Math.max(...lengths)),
    };
  }, SLOW_FRAME_MS);
}
