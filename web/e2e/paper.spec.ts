import { named, orderWith } from './support/moves';
import { OrderPage } from './support/orders';
import { expect, test } from './support/test';

test('an order on paper is its form, its diagram and its timeline', async ({ team, visit }) => {
  const [req, lee] = await team.people(['Req', 'Lee']);
  const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
  await lee.api.command({ type: 'decide', order: id, move: { move: 'approve', comment: 'Bright idea' } });
  const screens = [
    { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
    { viewport: { width: 375, height: 740 }, colorScheme: 'dark' },
  ] as const;
  for (const screen of screens) {
    const order = new OrderPage(await visit(req, `/orders/${id}`, screen));
    await order.expectStatus('approved');
    const { page } = order;
    await page.emulateMedia({ media: 'print' });
    // The browser takes its picture right after the event: whatever is measured later comes too late.
    const drawn = await page.evaluate(() => {
      dispatchEvent(new Event('beforeprint'));
      return document.querySelectorAll('[data-testid="diagram-pane"] svg[viewBox] [data-node]').length;
    });
    expect(drawn).toBe(3);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'paper is light').toBe('light');
    await expect(page.getByTestId('request')).toBeVisible();
    await expect(order.node('step')).toBeVisible();
    await expect(order.timeline).toContainText('Bright idea');
    for (const part of [order.chat, page.locator('.rail'), page.getByTestId('your-turn'), page.getByTestId('replay-slider')]) {
      await expect(part).toBeHidden();
    }
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(isWide, 'something stands beside the sheet').toBe(false);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  }
});
