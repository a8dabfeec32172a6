import { expect, test } from './support/test';

test('what somebody is mailed about, and to where, is kept', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const page = await visit(ann, '/profile/notifications');
  await expect(page.getByText('This server sends no mail yet')).toBeVisible();
  await page.getByLabel('E-mail address').fill('not an address');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('E-mail address')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('E-mail address').fill('ann@example.org');
  await page.getByLabel('somebody mentions me').check();
  await page.getByLabel('a task is given to me').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();

  await page.reload();
  await expect(page.getByLabel('E-mail address')).toHaveValue('ann@example.org');
  await expect(page.getByLabel('somebody mentions me')).toBeChecked();
  await expect(page.getByLabel('a task is given to me')).not.toBeChecked();
});
