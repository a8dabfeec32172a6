import { Conversation } from './support/conversation';
import { expect, test } from './support/test';

const ROOMS = 12;
/** What a person still calls prompt, on a machine that runs all the other tests beside this one. */
const PROMPT_MS = 3_000;

for (const transport of ['sse', 'long_poll'] as const) {
  test(`twelve rooms in two tabs stay prompt and count right over ${transport}, although a browser opens six connections`, async ({
    team,
    visit,
  }) => {
    const [ann, bea] = await team.people(['Ann', 'Bea']);
    await ann.api.choose(transport);
    const rooms = await Promise.all(
      Array.from({ length: ROOMS }, (_, index) => team.room(`Room ${index + 1}`, [ann, bea])),
    );
    const [home, ...others] = rooms;
    const front = await visit(ann, `/rooms/${home?.id}`);
    const back = await visit(ann, `/rooms/${home?.id}`, { beside: front });
    await front.bringToFront();
    const conversation = new Conversation(front);
    for (const page of [front, back]) await new Conversation(page).expectTransport(transport);

    // Room n has n unread messages.
    for (const [index, { id }] of others.entries()) {
      for (let count = 0; count <= index; count += 1) await bea.api.say(id, `Message ${count} for room ${id}`);
    }
    for (const page of [front, back]) {
      for (const [index, { id }] of others.entries()) {
        const badge = page.locator(`[data-testid="room-item"][data-room="${id}"]`).getByTestId('unread-badge');
        await expect(badge).toHaveText(new RegExp(`^\\s*${index + 1}\\b`));
      }
    }

    for (const [index, { id }] of others.entries()) {
      const started = Date.now();
      await front.locator(`[data-testid="room-item"][data-room="${id}"]`).click();
      await expect(conversation.message(`Message ${index} for room ${id}`)).toBeVisible();
      expect(Date.now() - started, `opening room ${index + 2}`).toBeLessThan(PROMPT_MS);
      const answered = await front.evaluate(async () => {
        const asked = performance.now();
        await fetch('/api/me');
        return performance.now() - asked;
      });
      expect(answered, 'an answer of the API').toBeLessThan(PROMPT_MS);
    }
    await conversation.say('I have been everywhere');
    for (const page of [front, back]) await expect(page.getByTestId('unread-badge')).toHaveCount(0);
    await expect(back).not.toHaveTitle(/^\(/);
  });
}
