import { Conversation, expectSameMessages } from './support/conversation';
import { expect, test } from './support/test';
import type { Page } from '@playwright/test';
import type { Blockable } from './support/proxy';

/** A page that was loaded again has forgotten it. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));
}
async function expectNeverReloaded(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'neverReloaded' in globalThis)).toBe(true);
}

for (const database of ['sqlite', 'postgres'] as const) {
  test(`people who write while the network is cut, stalled and reset lose nothing and say nothing twice, on ${database}`, async ({
    ownServer,
    network,
    visit,
  }) => {
    const { server, team } = await ownServer({ database });
    const people = await team.people(['Ann', 'Bea', 'Cai', 'Dan']);
    const room = await team.room('Shaky', people);
    const proxy = await network(server);
    const pages = await Promise.all(
      people.map((person) => visit(person, `/rooms/${room.id}`, { origin: proxy.url })),
    );
    const conversations = pages.map((page) => new Conversation(page));
    await Promise.all(conversations.map((one) => one.expectTransport('websocket')));

    const texts: string[] = [];
    const everybodyWrites = async (what: string) => {
      texts.push(...people.map(({ name }) => `${what}, says ${name}`));
      await Promise.all(conversations.map((one, index) => one.write(`${what}, says ${people[index]?.name}`)));
    };

    await everybodyWrites('all is well');
    proxy.reset();
    await everybodyWrites('after a reset');
    proxy.drop();
    await everybodyWrites('the cable is out');
    await Promise.all(pages.map((page) => expect(page.getByText('reconnecting…')).toBeVisible()));
    await everybodyWrites('it is still out');
    proxy.restore();
    await expectSameMessages(conversations, texts);

    proxy.stall();
    await everybodyWrites('nothing moves');
    proxy.restore();
    await everybodyWrites('it moves again');
    proxy.stall();
    await everybodyWrites('it stands still');
    // What lies in the buffers is lost with the connections.
    proxy.reset();
    proxy.restore();
    await everybodyWrites('and goes on');
    const shown = await expectSameMessages(conversations, texts);
    expect(await people[0].api.messages(room.id)).toEqual(shown);
  });
}

test('the bar says that the page reconnects, and goes; what was said meanwhile comes without a reload', async ({
  team,
  network,
  visit,
}) => {
  const [eve, fay] = await team.people(['Eve', 'Fay']);
  const room = await team.room('Gaps', [eve, fay]);
  const proxy = await network();
  const page = await visit(eve, `/rooms/${room.id}`, { origin: proxy.url });
  const conversation = new Conversation(page);
  await conversation.expectTransport('websocket');
  await mark(page);
  const bar = page.getByText('Connection lost, reconnecting…');
  await expect(bar).toBeHidden();

  proxy.drop();
  await expect(bar).toBeVisible();
  await fay.api.say(room.id, 'Said into the gap');
  proxy.restore();
  await expect(bar).toBeHidden();
  await expect(conversation.message('Said into the gap')).toBeVisible();
  await expectNeverReloaded(page);
});

test('without WebSocket it goes on by server-sent events, without those by long polling, and climbs back', async ({
  team,
  network,
  visit,
}) => {
  const [gus, hal] = await team.people(['Gus', 'Hal']);
  const room = await team.room('Ladder', [gus, hal]);
  const blocked = new Set<Blockable>(['websocket']);
  const proxy = await network(undefined, blocked);
  const page = await visit(gus, `/rooms/${room.id}`, {
    origin: proxy.url,
    before: async (page) => {
      await page.clock.install();
    },
  });
  const conversation = new Conversation(page);
  await mark(page);
  await conversation.expectTransport('sse');
  await hal.api.say(room.id, 'By server-sent events');
  await expect(conversation.message('By server-sent events')).toBeVisible();

  blocked.add('event_stream');
  proxy.reset();
  // A proxy that keeps a stream back is known by its silence.
  const transport = page.getByTestId('connection-transport');
  await expect(async () => {
    await page.clock.fastForward(1_000);
    await expect(transport).toHaveAttribute('data-transport', 'long_poll', { timeout: 300 });
  }).toPass({ intervals: [10] });
  await hal.api.say(room.id, 'By long polling');
  await expect(conversation.message('By long polling')).toBeVisible();
  await conversation.say('So does this');

  blocked.clear();
  // What is said ends each question in time; otherwise the seconds that are skipped would count as silence.
  for (let skipped = 0; skipped < 60; skipped += 10) {
    await hal.api.say(room.id, `Second ${skipped}`);
    await expect(conversation.message(`Second ${skipped}`)).toBeVisible();
    await page.clock.fastForward(10_000);
  }
  await conversation.expectTransport('websocket');
  await conversation.say('By WebSocket');
  expect(await hal.api.messages(room.id)).toEqual(await conversation.shown());
  await expectNeverReloaded(page);
});

test('a tab that slept for an hour catches up without a reload', async ({ team, network, visit }) => {
  const [ida, jim] = await team.people(['Ida', 'Jim']);
  const room = await team.room('Night', [ida, jim]);
  const proxy = await network();
  const page = await visit(ida, `/rooms/${room.id}`, {
    origin: proxy.url,
    before: async (page) => {
      await page.clock.install();
    },
  });
  const conversation = new Conversation(page);
  await conversation.expectTransport('websocket');
  await expect(page.getByText('This is where “Night” begins')).toBeVisible();
  await mark(page);

  proxy.forget();
  const texts = Array.from({ length: 40 }, (_, index) => `said in the night ${index}`);
  for (const text of texts) await jim.api.say(room.id, text);
  await page.clock.fastForward('01:00:00');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.clock.fastForward(6_000);
  await expectSameMessages([conversation], texts);
  await conversation.say('Good morning');
  await expectNeverReloaded(page);
});

test('a room that could not be read is read when the network is back', async ({ team, network, visit }) => {
  const [kim, lea] = await team.people(['Kim', 'Lea']);
  const room = await team.room('Unread', [kim, lea]);
  await lea.api.say(room.id, 'Written before');
  const proxy = await network();
  const page = await visit(kim, '/rooms', { origin: proxy.url });
  await expect(page.getByTestId('connection-status')).toHaveAttribute('data-status', 'online');
  proxy.drop();
  await page.getByTestId('room-item').click();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  proxy.restore();
  await expect(new Conversation(page).message('Written before')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
});

test('a room whose page hangs is read when the connection is there again', async ({ team, network, visit }) => {
  const [mia, noa] = await team.people(['Mia', 'Noa']);
  const room = await team.room('Hanging', [mia, noa]);
  await noa.api.say(room.id, 'Written before');
  const proxy = await network();
  const page = await visit(mia, '/rooms', { origin: proxy.url });
  await expect(page.getByTestId('connection-status')).toHaveAttribute('data-status', 'online');
  const asked = page.waitForRequest('**/api/rooms/*/entries*');
  await page.route('**/api/rooms/*/entries*', () => undefined, { times: 1 });
  await page.getByTestId('room-item').click();
  await asked;
  await expect(page.getByText('Written before')).toHaveCount(0);
  proxy.reset();
  await expect(new Conversation(page).message('Written before')).toBeVisible();
});
