import { expectAccessible } from './support/accessible';
import { looks } from './support/looks';
import { OrderPage, publishPurchase, submitted } from './support/orders';
import { expect, test } from './support/test';

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use(look);

    test('orders are for everybody', async ({ team, visit }) => {
      const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
      const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
      const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
      await submitted(req, flow, { what: 'A desk', amount: '200.00' });
      await req.api.say(id, 'Is it fine?');
      await lee.api.command({ type: 'decide', order: id, move: { move: 'approve', comment: 'Fine' } });

      const page = await visit(fin, '/inbox');
      await expect(page.getByTestId('order-row')).toHaveCount(1);
      await expectAccessible(page, 'the inbox');
      await page.goto(new URL('/orders?status=running', page.url()).href);
      await expect(page.getByTestId('order-row').first()).toBeVisible();
      await expectAccessible(page, 'the list of orders');

      await page.goto(new URL(`/orders/${id}`, page.url()).href);
      const order = new OrderPage(page);
      await expect(order.turn).toBeVisible();
      await expectAccessible(page, 'what is asked');
      if (look.viewport.width < 720) {
        await page.getByTestId('pane-chat').click();
        await expect(order.chat.getByTestId('order-line').last()).toBeVisible();
        await expectAccessible(page, 'the talk');
        await page.getByTestId('pane-diagram').click();
      }
      await order.expectNode('finance', 'waiting');
      await order.node('lead').click();
      await expect(page.getByTestId('node-panel')).toContainText('Lee');
      await expectAccessible(page, 'the tasks of a node');
      await page.keyboard.press('Escape');
      await page.getByTestId('replay-slider').press('Home');
      await expect(page.getByTestId('replay-leave')).toBeVisible();
      await expectAccessible(page, 'replay');
      await page.getByTestId('replay-leave').click();
      await page.getByTestId('move-reject').first().click();
      await expect(page.getByTestId('move-words')).toBeVisible();
      await expectAccessible(page, 'a reject');
    });
  });
}
