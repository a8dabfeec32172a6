import { expect, test } from './support/test';
test('dbg', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('W', [ann, bea]);
  for (let i = 0; i < 60; i++) await ann.api.say(room.id, `Message ${i}`);
  const page = await visit(bea, `/rooms/${room.id}?at=8`, { before: async (p) => { await p.addInitScript(() => {
    document.addEventListener('focusin', (e) => console.info('focusin', (e.target as HTMLElement).outerHTML.slice(0, 120), new Error().stack?.split('\n').slice(2, 6).join(' | ')));
    document.addEventListener('focusout', (e) => console.info('focusout', (e.target as HTMLElement).outerHTML.slice(0, 90)));
  }); p.on('console', (m) => console.log(m.text())); } });
  await expect(page.getByText('Message 5', { exact: true })).toBeInViewport();
  await page.waitForTimeout(1000);
  console.log(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 100)), page.url());
});
