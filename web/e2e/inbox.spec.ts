import { move, named, orderWith } from './support/moves';
import { OrderPage } from './support/orders';
import { expect, test } from './support/test';

test.use({ locale: 'zh-CN' });

test('several orders at once: what is no question of yes or no is left out', async ({ team, visit }) => {
  const [req, lee] = await team.people(['Req', 'Lee']);
  const question = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
  const work = await orderWith(team, req, { step: `kind: handle, who: ${named(lee)}` }, { what: '装灯' });
  const page = await visit(lee, '/inbox');
  const row = (order: { id: number }) => page.locator(`[data-testid="order-row"][data-order="${order.id}"]`);
  for (const order of [question, work]) await row(order).getByRole('checkbox').check();
  await page.getByTestId('bulk-approve').click();
  await expect(page.getByTestId('left-out')).toContainText('装灯: 需要办理');
  await page.getByTestId('verdict-send').click();
  await expect(row(question)).toHaveCount(0);
  await expect(row(work).getByTestId('row-result')).toContainText('需要办理');

  // Alone, it is opened instead.
  await row(work).focus();
  await page.keyboard.press('a');
  await expect(page.getByRole('dialog')).toContainText('没有可以同意的工单');
  await page.getByTestId('verdict-open').click();
  const opened = new OrderPage(page);
  await move(opened, 'handle').click();
  await opened.expectStatus('done');
});
