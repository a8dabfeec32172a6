import type { Page } from '@playwright/test';
import { Conversation, expectSameMessages, highWindow } from './support/conversation';
import { expect, test } from './support/test';
import type { Member } from './support/team';

// Twenty browsers at once are enough for one machine: these run one after the other.
test.describe.configure({ mode: 'default', timeout: 120_000 });

const names = Array.from({ length: 20 }, (_, index) => `Person ${index + 1}`);

test('twenty people in twenty browsers see what everybody says in one order, whatever their transports', async ({
  team,
  visit,
}) => {
  const people = await team.people(names);
  const room = await team.room('All of us', people);
  const pages = await everybodyOpens(people, (person) => visit(person, `/rooms/${room.id}`, { viewport: highWindow }));
  const conversations = pages.map((page) => new Conversation(page));

  const first = people.map(({ name }) => `first of ${name}`);
  await Promise.all(conversations.map((one, index) => one.write(first[index] ?? '')));
  await expectSameMessages(conversations, first);

  const transports = ['sse', 'long_poll', 'short_poll'] as const;
  await Promise.all(transports.map((transport, index) => people[index]?.api.choose(transport)));
  await Promise.all(transports.map((_, index) => pages[index]?.reload()));
  await Promise.all(transports.map((transport, index) => conversations[index]?.expectTransport(transport)));

  const second = people.map(({ name }) => `second of ${name}`);
  await Promise.all(conversations.map((one, index) => one.write(second[index] ?? '')));
  await expectSameMessages(conversations, [...first, ...second]);
});

for (const database of ['sqlite', 'postgres'] as const) {
  test(`nothing that was acknowledged is lost or doubled when the server on ${database} is killed while twenty people write`, async ({
    ownServer,
    visit,
  }) => {
    const { server, team } = await ownServer({ database });
    const people = await team.people(names);
    const room = await team.room('All of us', people);
    const pages = await everybodyOpens(people, (person) =>
      visit(person, `/rooms/${room.id}`, { origin: server.url, viewport: highWindow }),
    );
    const conversations = pages.map((page) => new Conversation(page));
    const reader = team.admin;
    await people[0]?.api.command({ type: 'add_person', room: room.id, person: reader.id });

    const rounds = ['first', 'second', 'third'];
    const writing = Promise.all(
      conversations.map(async (one, index) => {
        for (const round of rounds) await one.write(`${round} of ${people[index]?.name}`);
      }),
    );
    // By now some of it is in the log, some on its way, and some not yet written.
    await expect.poll(() => reader.api.messages(room.id)).toHaveProperty('14');
    await server.kill();
    const acknowledged = (await Promise.all(conversations.map((one) => one.shown()))).flat();
    expect(acknowledged).not.toEqual([]);
    await writing;
    await Promise.all(pages.map((page) => expect(page.getByText('reconnecting…')).toBeVisible()));
    await server.startAgain();

    const texts = people.flatMap(({ name }) => rounds.map((round) => `${round} of ${name}`));
    const shown = await expectSameMessages(conversations, texts);
    expect(shown).toEqual(expect.arrayContaining(acknowledged));
    expect(await reader.api.messages(room.id)).toEqual(shown);
  });
}

/** Everybody looks at the room, and hears what is said. */
async function everybodyOpens(
  people: readonly Member[],
  open: (person: Member) => Promise<Page>,
): Promise<Page[]> {
  const pages = await Promise.all(people.map(open));
  await Promise.all(
    pages.map((page) => expect(page.getByTestId('connection-status')).toHaveAttribute('data-status', 'online')),
  );
  return pages;
}
