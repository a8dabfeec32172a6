import { expectAccessible } from './support/accessible';
import { DraftPage } from './support/draft';
import { everyField, group, publish, setManager } from './support/flows';
import { looks } from './support/looks';
import { expect, test } from './support/test';

const languages = [
  {
    locale: 'en-US',
    label: { title: 'Title', days: 'Days', budget: 'Budget', why: 'Why', deputy: 'Deputy' },
    option: { other: 'Other', vpn: 'VPN', phone: 'Telephone' },
    says: {
      required: 'Please fill this in.',
      choose: 'Please choose something.',
      row: 'Please add a row.',
      tooLong: 'At most 20 characters.',
      tooLarge: 'Not more than 30.',
      notWhole: 'Enter a whole number.',
      noNumber: 'Enter a number',
      noMoney: 'Enter an amount with at most two decimal places',
      tooManyOptions: 'Choose at most 1.',
      gone: 'nobody who can sign in',
    },
  },
  {
    locale: 'zh-CN',
    label: { title: '标题', days: '天数', budget: '预算', why: '原因', deputy: '代理人' },
    option: { other: '其他', vpn: 'VPN', phone: '手机' },
    says: {
      required: '此项必填。',
      choose: '请至少选择一项。',
      row: '请添加一行。',
      tooLong: '最多 20 个字符。',
      tooLarge: '不能大于 30。',
      notWhole: '请输入整数。',
      noNumber: '请输入数字',
      noMoney: '请输入金额，最多两位小数',
      tooManyOptions: '最多选择 1 项。',
      gone: '没有这个人,或已停用',
    },
  },
] as const;

for (const { locale, label, option, says } of languages) {
  test(`wrong values are said next to their fields in ${locale}, and the first one gets the focus`, async ({ team, visit }) => {
    const [ann] = await team.people(['Ann']);
    const { flow } = await publish(team, everyField);
    const page = await visit(ann, `/orders/new/${flow}`, { locale });
    const draft = new DraftPage(page);
    await draft.expectSaved();

    const title = page.getByLabel(label.title);
    await draft.submit.click();
    await expect(title).toBeFocused();
    await expect(title).toHaveAccessibleDescription(new RegExp(says.required));
    await expect(draft.field('kind')).toContainText(says.required);
    await expect(draft.field('items')).toContainText(says.row);
    await expect(draft.field('place')).not.toContainText(says.required);

    await title.fill('x'.repeat(21));
    await expect(title).toHaveAccessibleDescription(new RegExp(says.tooLong));
    await title.fill('Right');
    await expect(title).not.toHaveAttribute('aria-invalid');

    const days = page.getByLabel(label.days);
    for (const [typed, said] of [['31', says.tooLarge], ['2.5', says.notWhole], ['two', says.noNumber]] as const) {
      await days.fill(typed);
      await expect(days).toHaveAccessibleDescription(new RegExp(said));
    }
    await days.fill('２');
    await expect(days).not.toHaveAttribute('aria-invalid');

    const budget = page.getByLabel(label.budget);
    await budget.fill('12.345');
    await expect(budget).toHaveAccessibleDescription(new RegExp(says.noMoney));
    await budget.fill('1,234.5');
    await budget.blur();
    await expect(budget).toHaveValue('1,234.50');

    await expect(page.getByLabel(label.why)).toBeHidden();
    await page.getByLabel(option.other).check();
    await expect(page.getByLabel(label.why)).toHaveAccessibleDescription(new RegExp(says.required));
    for (const need of [option.vpn, option.phone]) await page.getByLabel(need).check();
    await expect(draft.field('needs')).toContainText(says.tooManyOptions);
    await draft.expectSaved();
  });

  test(`what only the server knows stands next to its field in ${locale} as well`, async ({ team, visit }) => {
    const [ann, bea, gone] = await team.people(['Ann', 'Bea', 'Gone']);
    await setManager(team, ann, bea);
    const { flow } = await publish(team, everyField);
    const form = {
      title: 'Trip',
      kind: 'plain',
      days: 2,
      when: '2026-12-24',
      deputy: gone.id,
      items: [{ what: 'Train', price: '12.00' }],
    };
    const { id } = await ann.api.post<{ id: number }>('/api/orders', { command: `gone-${locale}-${ann.id}`, flow, form });
    await team.admin.api.patch(`/api/people/${gone.id}`, { active: false });

    const page = await visit(ann, `/orders/${id}`, { locale });
    const draft = new DraftPage(page);
    await draft.submit.click();
    const deputy = page.getByRole('combobox', { name: label.deputy });
    await expect(deputy).toBeFocused();
    await expect(deputy).toHaveAttribute('aria-invalid', 'true');
    await draft.choosePerson(deputy, bea);
    await expect(deputy).not.toHaveAttribute('aria-invalid');
    await draft.submit.click();
    await expect(draft.submit).toBeHidden();
    expect((await ann.api.get<{ form: object }>(`/api/orders/${id}`)).form).toMatchObject({ deputy: bea.id });
  });
}

test('rows of a table are added, moved and removed by keyboard alone, and amounts are added up', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, everyField);
  const page = await visit(ann, `/orders/new/${flow}`);
  const draft = new DraftPage(page);
  await draft.expectSaved();
  const names = page.getByLabel('Item', { exact: false }).and(page.getByRole('textbox'));
  const add = page.getByRole('button', { name: 'Add a row' });

  for (const [what, price] of [['Train', '0.10'], ['Hotel', '0.20'], ['Food', '7']] as const) {
    await add.press('Enter');
    await expect(names.last()).toBeFocused();
    await page.keyboard.type(what);
    await page.keyboard.press('Tab');
    await page.keyboard.type(price);
  }
  await expect(draft.field('items')).toContainText('7.30');

  await names.last().press('Alt+ArrowUp');
  await expect(names.nth(1)).toHaveValue('Food');
  await expect(names.nth(1)).toBeFocused();
  await page.getByRole('button', { name: 'Remove row 1' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Remove row 1' })).toBeFocused();
  await expect(names).toHaveCount(2);
  await draft.expectSaved();
  const { form } = await ann.api.get<{ form: { items: object[] } }>(`/api/orders/${draft.id}`);
  expect(form.items).toEqual([{ what: 'Food', price: '7.00' }, { what: 'Hotel', price: '0.20' }]);
});

test('files, people and groups are still there when a draft is opened again', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const { name } = await group(team, 'Night shift', [bea]);
  const { flow } = await publish(team, everyField);
  const page = await visit(ann, `/orders/new/${flow}`);
  const draft = new DraftPage(page);
  await draft.expectSaved();
  await draft.choosePerson(page.getByRole('combobox', { name: 'Deputy' }), bea);
  await page.getByLabel('Team').selectOption(name);
  await page.getByLabel('Papers').locator('input[type=file]').setInputFiles([
    { name: 'plan 1.txt', mimeType: 'text/plain', buffer: Buffer.from('plan') },
    { name: 'plan 2.txt', mimeType: 'text/plain', buffer: Buffer.from('another plan') },
  ]);
  await expect(draft.field('papers').getByRole('link')).toHaveCount(2);
  await draft.expectSaved();
  await page.reload();
  await expect(draft.field('papers').getByRole('link', { name: 'plan 2.txt' })).toBeVisible();
  await expect(draft.field('deputy')).toContainText(bea.name);
  await expect(page.getByLabel('Team')).toHaveValue(name);
  await page.getByRole('button', { name: 'Remove plan 1.txt' }).click();
  await expect(draft.field('papers').getByRole('link')).toHaveCount(1);
});

for (const { name, ...look } of looks) {
  test(`a form full of mistakes can be used by everybody, ${name}`, async ({ team, visit }) => {
    const [ann, bea] = await team.people(['Ann', 'Bea']);
    const { flow } = await publish(team, everyField);
    const form = { budget: '99999', deputy: bea.id, items: [{ what: 'Train' }, { price: '0' }] };
    const { id } = await ann.api.post<{ id: number }>('/api/orders', { command: `look-${ann.id}`, flow, form });
    const page = await visit(ann, `/orders/${id}`, look);
    await new DraftPage(page).submit.click();
    await expect(page.locator('[aria-invalid="true"]').first()).toBeVisible();
    await expectAccessible(page, 'a form full of mistakes');
  });
}
