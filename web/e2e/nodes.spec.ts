import type { Page } from '@playwright/test';
import { Conversation, everybodyOpens, expectSameMessages } from './support/conversation';
import { expect, test } from './support/test';

// Twenty browsers at once are enough for one machine: these tests run one after the other.
test.describe.configure({ mode: 'default', timeout: 400_000 });

/** Redis is away for this long. */
const OUTAGE_MS = 10_000;

const names = Array.from({ length: 20 }, (_, index) => `Person ${index + 1}`);

test('ten browsers on each of two servers see one order, also while Redis is away and when a server is killed', async ({
  ownSite,
  visit,
}) => {
  const { nodes, balancers, redis, team } = await ownSite();
  const people = await team.people(names);
  const room = await team.room('All of us', [team.admin, ...people]);
  const pages = await everybodyOpens(people, (person): Promise<Page> => {
    const origin = balancers[people.indexOf(person) % 2]?.url;
    return visit(person, `/rooms/${room.id}`, { origin, viewport: { width: 480, height: 600 } });
  });
  const conversations = pages.map((page) => new Conversation(page));
  const everybodyWrites = (what: string) =>
    Promise.all(conversations.map((one, index) => one.write(`${what} of ${people[index]?.name}`)));
  const saidBy = (...rounds: string[]) => rounds.flatMap((what) => people.map(({ name }) => `${what} of ${name}`));

  await everybodyWrites('first');
  await expectSameMessages(conversations, saidBy('first'));

  await redis.kill();
  const outage = new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
  await everybodyWrites('second');
  await expectSameMessages(conversations, saidBy('first', 'second'));
  await outage;
  await redis.startAgain();
  await everybodyWrites('third');
  await expectSameMessages(conversations, saidBy('first', 'second', 'third'));

  const writing = everybodyWrites('fourth');
  await Promise.all(conversations.map((one) => expect(one.message(/^fourth of/).nth(2)).toBeVisible()));
  await nodes[1].kill();
  await writing;
  await everybodyWrites('fifth');
  const shown = await expectSameMessages(conversations, saidBy('first', 'second', 'third', 'fourth', 'fifth'));
  expect(await team.admin.api.messages(room.id)).toEqual(shown);
});
