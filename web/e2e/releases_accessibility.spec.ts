import { expectAccessible } from './support/accessible';
import { looks } from './support/looks';
import { hosts, released, RunPage } from './support/releases';
import { expect, test } from './support/test';

/** Colours of every kind, and an end that asks somebody. */
const script = `
for colour in 0 1 2 3 4 5 6 7; do
  printf '\\033[3%dmink\\033[0m \\033[9%dmbright\\033[0m \\033[4%d;97msurface\\033[0m \\033[2;3%dmdim\\033[0m\\n' $colour $colour $colour $colour
done
printf '\\033[7mturned\\033[0m\\n'
[ "$HOST" != bad ] && exit 3
`;

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use(look);

    test('releases are for everybody', async ({ ownServer, visit }) => {
      const { server, team } = await ownServer({ localRunner: true });
      const [req] = await team.people(['Req']);
      const web = await hosts(team, 8);
      const id = await released(team, req, { script, on: web.group });
      const page = new RunPage(await visit(req, `/orders/${id}`, { origin: server.url }));
      await page.turn.getByTestId('show-output').click();
      await expect(page.lines.locator('.ink-1').first()).toBeVisible();
      await page.panel.getByTestId('run-details').click();
      await page.panel.getByTestId('output-search').fill('bright');
      await expect(page.lines.locator('mark').first()).toBeVisible();
      await expectAccessible(page.page, 'the output of a run');
      await page.panel.getByTestId('move-retry_failed').click();
      await page.attempt(1).click();
      await expect(page.attempt(1)).toHaveAttribute('aria-pressed', 'true');
      await expectAccessible(page.page, 'an earlier attempt');
      const inbox = await visit(req, '/inbox', { origin: server.url });
      await expect(inbox.getByTestId('run-asks')).toBeVisible();
      await expectAccessible(inbox, 'an inbox with a run that failed');
      await page.panel.getByTestId('hosts-failed').click();
      await page.panel.getByTestId('more-moves').first().click();
      await page.page.getByRole('menuitem').last().click();
      await expect(page.page.getByTestId('move-words')).toBeVisible();
      await expectAccessible(page.page, 'giving up a release');
    });
  });
}
