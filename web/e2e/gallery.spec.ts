import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { expect, test } from './support/test';

/** One drawing of the gallery, by its heading. */
function example(page: Page, title: string): Locator {
  return page.getByTestId('example').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
}

function nodeIn(drawing: Locator, id: string): Locator {
  return drawing.locator(`svg [data-node="${id}"]`);
}

/** Where every node stands, as the drawing itself has it. */
function placesIn(drawing: Locator): Promise<Record<string, string>> {
  return drawing.locator('svg').last().locator('[data-node]').evaluateAll((nodes) =>
    Object.fromEntries(nodes.map((node) => [node.getAttribute('data-node') ?? '', node.getAttribute('transform') ?? ''])),
  );
}

const fillOf = (node: Locator): Promise<string> => node.locator('.figure').evaluate((figure) => getComputedStyle(figure).fill);

const looks = [
  { name: 'light and in Chinese', colorScheme: 'light', locale: 'zh-CN', viewport: { width: 1280, height: 800 } },
  { name: 'dark and in English', colorScheme: 'dark', locale: 'en-US', viewport: { width: 1280, height: 800 } },
  { name: 'light, in English and on a phone', colorScheme: 'light', locale: 'en-US', viewport: { width: 375, height: 740 } },
  { name: 'dark, in Chinese and on a phone', colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 375, height: 740 } },
] as const;

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use(look);

    test('the gallery is for everybody, as drawings and as lists', async ({ team, visit }) => {
      const page = await visit(team.admin, '/gallery');
      const drawings = page.getByTestId('example');
      await expect(drawings).toHaveCount(9);
      for (const drawing of await drawings.all()) await expect(drawing.locator('svg [data-node]').first()).toBeVisible();
      await expectAccessible(page, 'the gallery');
      const order = drawings.first();
      await order.getByRole('button', { name: /as list|以列表/ }).click();
      await expect(order.getByRole('listitem').first()).toBeVisible();
      await expectAccessible(page, 'a diagram as a list');
    });
  });
}

test('each drawing of the tutorial is there', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  await expect(example(page, 'Text').locator('[data-node]')).toHaveCount(3);
  await expect(example(page, 'Text').locator('.panel')).toHaveCount(2);
  for (const shape of ['ellipse', 'rounded', 'rectangle', 'diamond', 'club']) {
    await expect(nodeIn(example(page, 'The five shapes'), shape)).toBeVisible();
  }
  for (const panel of ['below', 'beside', 'inside']) {
    await expect(nodeIn(example(page, 'Panels'), panel).locator('.panel')).toBeVisible();
  }
  const release = example(page, 'Start, fetch, package, five servers');
  await expect(release.locator('[data-link]')).toHaveCount(7);
  const tree = example(page, 'A tree bound to data');
  await expect(tree.locator('[data-node]')).toHaveCount(10);
  await expect(tree.locator('[data-link="start-download"]')).toContainText('running…');
  await expect(example(page, 'A graph where two paths meet').locator('[data-link$="-bilibili"]')).toHaveCount(2);
});

test('colour, link text and link colour change live, and nothing moves', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const tree = example(page, 'A tree bound to data');
  await expect(nodeIn(tree, 'c1')).toBeVisible();
  const before = await placesIn(tree);
  await tree.getByRole('button', { name: 'Colour server 1' }).click();
  await expect.poll(() => fillOf(nodeIn(tree, 'c1'))).toBe('rgb(255, 0, 0)');
  await tree.getByRole('button', { name: 'Colour its link' }).click();
  await expect(tree.locator('[data-link="zip-c1"] .line')).toHaveCSS('stroke', 'rgb(224, 42, 31)');
  expect(await placesIn(tree)).toEqual(before);
  await tree.getByRole('button', { name: 'Text on its link' }).click();
  await expect(tree.locator('[data-link="zip-c1"]')).toContainText('running…');
  await tree.getByRole('button', { name: 'Add a server' }).click();
  await expect(nodeIn(tree, 'c40')).toBeVisible();
  await tree.getByRole('button', { name: 'Reset' }).click();
  await expect.poll(() => placesIn(tree)).toEqual(before);
});

test('the graph grows a node and a link, and loses them again', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const graph = example(page, 'A graph where two paths meet');
  await graph.getByRole('button', { name: 'Add a node and a link' }).click();
  await expect(nodeIn(graph, 'c4')).toBeVisible();
  await expect(graph.locator('[data-link="bilibili-c4"]')).toBeVisible();
  await graph.getByRole('button', { name: 'Remove the last' }).click();
  await expect(nodeIn(graph, 'c4')).toHaveCount(0);
  await expect(graph.locator('[data-link]')).toHaveCount(4);
});

test('an order goes on in its place, until the hosts of its release appear', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const order = example(page, 'An order, live');
  const lead = nodeIn(order, 'lead');
  await expect(lead).toHaveAttribute('data-state', 'waiting');
  const before = await placesIn(order);
  await order.getByRole('button', { name: 'Next step' }).click();
  await expect(lead).toHaveAttribute('data-state', 'done');
  await expect(lead).toHaveAccessibleName('Lead approves, Done, ✓ Fu 10:02');
  await expect(lead.locator('.note')).toHaveText('Fu 10:02');
  expect(await placesIn(order)).toEqual(before);
  for (let step = 0; step < 4; step += 1) await order.getByRole('button', { name: 'Next step' }).click();
  for (const host of ['host1', 'host2', 'host3']) await expect(nodeIn(order, host)).toBeAttached();
  await order.getByRole('button', { name: 'Mark a problem' }).click();
  await expect(nodeIn(order, 'operations')).toHaveAccessibleName(/1 problem: Nobody can approve here/);
});

test('by keyboard one goes along the links, selects, and finds the same node in the list', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const order = example(page, 'An order, live');
  const { keyboard } = page;
  await nodeIn(order, 'start').focus();
  await keyboard.press('ArrowRight');
  await expect(nodeIn(order, 'lead')).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(nodeIn(order, 'production')).toBeFocused();
  await keyboard.press('ArrowLeft');
  await keyboard.press('Enter');
  await expect(nodeIn(order, 'lead')).toHaveAttribute('aria-pressed', 'true');
  await order.getByRole('button', { name: 'Show as list' }).click();
  await expect(order.getByRole('button', { name: /^Lead approves/ })).toHaveAttribute('aria-pressed', 'true');
  await order.getByRole('button', { name: /^Operations sign/ }).press('Enter');
  await order.getByRole('button', { name: 'Show as diagram' }).click();
  await expect(nodeIn(order, 'operations')).toHaveAttribute('aria-pressed', 'true');
  await nodeIn(order, 'operations').press('Escape');
  await expect(nodeIn(order, 'operations')).toHaveAttribute('aria-pressed', 'false');
});

test('a drag moves the drawing, Ctrl and the wheel zoom it, and 1 shows all of it again', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const order = example(page, 'An order, live');
  const lead = nodeIn(order, 'lead');
  const figure = lead.locator('.figure');
  const start = await figure.boundingBox();
  if (start === null) throw new Error('the node is not drawn');
  await page.mouse.move(start.x + 20, start.y + 10);
  await page.mouse.down();
  await page.mouse.move(start.x + 60, start.y + 40, { steps: 4 });
  await page.mouse.up();
  // The drawing follows with the next frame.
  const moved = async () => {
    const now = await figure.boundingBox();
    return { x: Math.round((now?.x ?? 0) - start.x), y: Math.round((now?.y ?? 0) - start.y) };
  };
  await expect.poll(moved).toEqual({ x: 40, y: 30 });
  // A drag is no click.
  await expect(lead).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect.poll(async () => (await figure.boundingBox())?.width ?? 0).toBeGreaterThan(start.width * 1.3);
  await lead.press('1');
  await expect.poll(async () => Math.abs(((await figure.boundingBox())?.x ?? 0) - start.x)).toBeLessThan(1);
  await lead.click();
  await expect(lead).toHaveAttribute('aria-pressed', 'true');
});

test('the drawing can be kept as a file', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery');
  const download = page.waitForEvent('download');
  await example(page, 'A tree bound to data').getByRole('button', { name: 'Download as SVG' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('A tree bound to data.svg');
  const svg = await readFile(await file.path(), 'utf8');
  expect(svg).toContain('<title>A tree bound to data</title>');
  expect(svg).toContain('Fetch the code');
  expect(svg).not.toContain('var(');
});

test('a thousand nodes are drawn as they change', async ({ team, visit }) => {
  const page = await visit(team.admin, '/gallery?stress=1000');
  const changes = page.getByTestId('changes-made');
  await expect.poll(async () => Number(await changes.textContent())).toBeGreaterThan(200);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(page.locator('svg [data-node]')).toHaveCount(1000);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Show as list' }).click();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1000);
});
