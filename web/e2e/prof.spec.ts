import { Conversation, expectSameMessages } from './support/conversation';
import { expect, test } from './support/test';
for (const viewport of [{ width: 900, height: 6000 }, { width: 500, height: 3000 }, { width: 900, height: 700 }]) {
test(`prof ${viewport.width}x${viewport.height}`, async ({ team, visit }) => {
  test.setTimeout(200_000);
  let t = Date.now(); const lap = (w: string) => { console.log(w, Date.now() - t); t = Date.now(); };
  const people = await team.people(Array.from({ length: 20 }, (_, i) => `P ${i}`)); lap('people');
  const room = await team.room('All', people);
  const pages = await Promise.all(people.map((p) => visit(p, `/rooms/${room.id}`, { viewport }))); lap('visit');
  await Promise.all(pages.map((page) => expect(page.getByTestId('connection-status')).toHaveAttribute('data-status', 'online'))); lap('online');
  const cs = pages.map((p) => new Conversation(p));
  await Promise.all(cs.map((one, index) => one.write(`m ${index}`))); lap('write');
  if (viewport.height > 1000) await expectSameMessages(cs, people.map((_, i) => `m ${i}`)); lap('same');
  await Promise.all(cs.map((one, index) => one.write(`m2 ${index}`))); lap('write2');
});
}
