import { publishRequest, submitted } from './support/orders';
import { expect, test } from './support/test';

test('the charts move when somebody decides, without a click', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const [ann, ben] = await team.people(['Ann', 'Ben']);
  const { flow } = await publishRequest(team, [ben]);
  const { id } = await submitted(ann, flow, { what: 'A new keyboard' });

  const page = await visit(ann, '/dashboard', { origin: server.url, timezoneId: 'Asia/Shanghai' });
  const chart = (title: string) => page.getByRole('region', { name: title });
  await expect(chart('Orders by state')).toContainText('Running');
  await expect(chart('Decisions per day')).toContainText('Nothing');

  const deciding = await visit(ben, `/orders/${id}`, { origin: server.url });
  await deciding.getByTestId('your-turn').getByTestId('move-approve').click();
  await expect(deciding.getByTestId('order')).toHaveAttribute('data-status', 'approved');

  await expect(chart('Orders by state')).toContainText('Approved');
  await chart('Decisions per day').getByRole('button').click();
  await expect(chart('Decisions per day').getByRole('row').nth(1)).toContainText(/1\s*0\s*0\s*0/);
  await expect(chart('Waiting time per node')).toContainText('Ask');
});
