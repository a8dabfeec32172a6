import { everyField, publish } from './support/flows';
import { expect, test } from './support/test';

const languages = [
  { locale: 'en-US', newVersion: 'New version', yaml: 'The flow as YAML', publish: 'Publish', right: 'Nothing is wrong', versions: 'Versions', second: 'Version 2', problem: /The manager/ },
  { locale: 'zh-CN', newVersion: '新版本', yaml: 'YAML 格式的流程', publish: '发布', right: '没有问题', versions: '版本', second: '版本 2', problem: /主管审批/ },
] as const;

for (const words of languages) {
  test(`a text is checked with its lines before it is published, in ${words.locale}`, async ({ team, visit }) => {
    const { flow } = await publish(team, everyField);
    const page = await visit(team.admin, `/flows/${flow}`, { locale: words.locale });
    await page.getByRole('button', { name: words.newVersion }).click();
    const dialog = page.getByRole('dialog');
    const box = dialog.getByLabel(words.yaml);
    const good = await box.inputValue();
    const send = dialog.getByRole('button', { name: words.publish, exact: true });
    await expect(send).toBeDisabled();

    await box.fill(good.replace(/nodes:/, 'nodes: ['));
    await expect(dialog.getByTestId('flow-problems').getByRole('button')).toBeVisible();
    await expect(send).toBeDisabled();

    await box.fill(good.replace(/.*from: manager, to: end.*\n?|- from: manager\n\s+to: end\n?/, ''));
    await expect(dialog.getByTestId('flow-problems')).toContainText(words.problem);
    await expect(send).toBeDisabled();

    await box.fill(`${good}\n# The second version\n`);
    await expect(dialog).toContainText(words.right);
    await send.click();
    await expect(dialog).toBeHidden();
    await page.getByRole('link', { name: words.versions }).click();
    await expect(page.getByRole('link', { name: words.second })).toBeVisible();
  });
}

test('a flow is seen as diagram, form and text by everybody, and published by few', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, everyField);
  const page = await visit(ann, `/flows/${flow}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Every field' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'New version' })).toBeHidden();
  await page.getByRole('link', { name: 'Form' }).click();
  await page.getByRole('button', { name: 'Check what I filled in' }).click();
  await expect(page.getByLabel('Title')).toHaveAccessibleDescription(/Please fill this in/);
  await page.getByRole('link', { name: 'Text' }).click();
  await expect(page.getByLabel('The flow as YAML')).toHaveValue(new RegExp(`flow: ${flow}`));
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await downloading).suggestedFilename()).toBe(`${flow}-1.yaml`);
});

test('an administrator makes a group and a manager, and somebody says who stands in', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const admin = await visit(team.admin, '/admin/groups');
  await admin.getByRole('button', { name: 'New group' }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Title').fill(`Night ${ann.username}`);
  await expect(dialog.getByLabel('Name in flows')).toHaveValue(`night-${ann.username}`);
  await dialog.getByLabel('Members').fill(bea.username);
  await admin.locator(`[data-testid="person-option"][data-person="${bea.id}"]`).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = admin.getByRole('listitem').filter({ hasText: `Night ${ann.username}` });
  await expect(row).toContainText(bea.name);
  await row.getByRole('button', { name: `Change Night ${ann.username}` }).click();
  await dialog.getByLabel('Title').fill(`Day ${ann.username}`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await admin.getByRole('button', { name: `Delete Day ${ann.username}` }).click();
  await admin.getByRole('alertdialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(admin.getByText(`Day ${ann.username}`, { exact: true })).toBeHidden();

  await admin.goto(new URL(`/admin/people?query=${ann.username}`, admin.url()).href);
  await admin.getByRole('button', { name: `Actions for ${ann.name}` }).click();
  await admin.getByRole('menuitem', { name: 'Name and role' }).click();
  await dialog.getByRole('combobox', { name: 'Manager' }).fill(bea.username);
  await admin.locator(`[data-testid="person-option"][data-person="${bea.id}"]`).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  expect(await ann.api.get(`/api/people/${ann.id}`)).toMatchObject({ manager: bea.id });

  const page = await visit(ann, '/profile/absence');
  await page.getByRole('button', { name: 'New absence' }).click();
  const absence = page.getByRole('dialog');
  await absence.getByRole('button', { name: 'Save' }).click();
  await expect(absence.getByLabel('Who stands in')).toHaveAccessibleDescription(/Choose somebody/);
  await absence.getByLabel('Who stands in').fill(bea.username);
  await page.locator(`[data-testid="person-option"][data-person="${bea.id}"]`).click();
  await absence.getByRole('button', { name: 'Save' }).click();
  const away = page.getByRole('listitem').filter({ hasText: `${bea.name} stands in` });
  await expect(away).toContainText('All flows');
  await away.getByRole('button', { name: /^End the absence/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End', exact: true }).click();
  await expect(away.getByRole('button')).toBeHidden();
});
