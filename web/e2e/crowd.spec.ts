import { Conversation, everybodyOpens, expectSameMessages } from './support/conversation';
import { expect, test } from './support/test';

// Twenty browsers at once are enough for one machine: these tests run one after the other.
test.describe.configure({ mode: 'default', timeout: 400_000 });

const smallWindow = { width: 480, height: 600 };
const names = Array.from({ length: 20 }, (_, index) => `Person ${index + 1}`);
const transports = ['sse', 'long_poll', 'short_poll'] as const;

for (const database of ['sqlite', 'postgres'] as const) {
  test(`twenty people in twenty browsers see one order, whatever their transports, also when the server on ${database} is killed while they write`, async ({
    ownServer,
    visit,
  }) => {
    const { server, team } = await ownServer({ database });
    const people = await team.people(names);
    const room = await team.room('All of us', [team.admin, ...people]);
    const pages = await everybodyOpens(people, (person) =>
      visit(person, `/rooms/${room.id}`, { origin: server.url, viewport: smallWindow }),
    );
    const conversations = pages.map((page) => new Conversation(page));
    const everybodyWrites = (what: string) =>
      Promise.all(conversations.map((one, index) => one.write(`${what} of ${people[index]?.name}`)));
    const saidBy = (...rounds: string[]) => rounds.flatMap((what) => people.map(({ name }) => `${what} of ${name}`));

    await everybodyWrites('first');
    await expectSameMessages(conversations, saidBy('first'));

    await Promise.all(transports.map((transport, index) => people[index]?.api.choose(transport)));
    await Promise.all(transports.map((_, index) => pages[index]?.reload()));
    await Promise.all(transports.map((transport, index) => conversations[index]?.expectTransport(transport)));
    await everybodyWrites('second');
    await expectSameMessages(conversations, saidBy('first', 'second'));

    const writing = everybodyWrites('third').then(() => everybodyWrites('fourth'));
    // By then some of it is in the log, some on its way, and some not yet written.
    await Promise.all(conversations.map((one) => expect(one.message(/^third of/).nth(2)).toBeVisible()));
    await server.kill();
    const acknowledged = (await Promise.all(conversations.map((one) => one.shown()))).flat();
    await writing;
    await Promise.all(pages.map((page) => expect(page.getByText('reconnecting…')).toBeVisible()));
    await server.startAgain();

    const shown = await expectSameMessages(conversations, saidBy('first', 'second', 'third', 'fourth'));
    expect(shown).toEqual(expect.arrayContaining(acknowledged));
    expect(await team.admin.api.messages(room.id)).toEqual(shown);
  });
}
