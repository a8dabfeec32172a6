import type { Page } from '@playwright/test';
import { Api } from './support/api';
import { Conversation } from './support/conversation';
import { expect, test } from './support/test';

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a wrong password is said to be wrong, and the right one leads to the rooms', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const page = await visit(null, '/');
  await signIn(page, ann.username, 'not the password');
  await expect(page.getByRole('alert')).toContainText(/wrong|incorrect|not right/i);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await signIn(page, ann.username, ann.password);
  await expect(page.getByText('No rooms yet')).toBeVisible();
});

test('signing in leads to the page that was asked for, and signing out ends it', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const room = await team.room('Asked for', [ann]);
  const page = await visit(null, `/rooms/${room.id}`);
  await signIn(page, ann.username, ann.password);
  await expect(page.getByRole('heading', { level: 1, name: 'Asked for' })).toBeVisible();
  await page.getByRole('button', { name: 'Account: Ann' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('an invitation made in a room brings somebody new into it', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const room = await team.room('Open house', [ann]);
  await ann.api.say(room.id, 'Who is coming?');
  const page = await visit(ann, `/rooms/${room.id}`);
  await page.getByTestId('room-menu').click();
  await page.getByRole('menuitem', { name: 'Invite link' }).click();
  await page.getByTestId('make-invite').click();
  const link = new URL(await page.getByTestId('invite-url').inputValue());

  const other = await visit(null, link.pathname);
  await expect(other.getByRole('heading', { name: 'to the room “Open house”' })).toBeVisible();
  await expect(other.getByText('Ann invites you')).toBeVisible();
  await other.getByLabel('Name', { exact: true }).fill('Newcomer');
  await other.getByLabel('Username').fill(`newcomer-${ann.username}`);
  await other.getByLabel('Password', { exact: true }).fill('short');
  await other.getByRole('button', { name: 'Create account' }).click();
  await expect(other.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/8/);
  await other.getByLabel('Password', { exact: true }).fill('a password of my own');
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.getByTestId('room-item').getByText('Open house').click();
  await expect(new Conversation(other).message('Who is coming?')).toBeVisible();
  await expect(page.getByText('Newcomer joined')).toBeVisible();

  const third = await visit(null, link.pathname);
  await expect(third.getByText('This invitation is no longer valid')).toBeVisible();
});

test('a session that is ended elsewhere returns to the sign-in page at once', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const lost = await visit(null, '/rooms');
  await signIn(lost, ann.username, ann.password);
  await expect(lost.getByTestId('connection-status')).toHaveAttribute('data-status', 'online');

  const page = await visit(ann, '/profile/sessions');
  const sessions = page.getByRole('listitem').filter({ hasText: 'Signed in' });
  await expect(sessions).toHaveCount(2);
  await page.getByRole('button', { name: /^End the session/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End', exact: true }).click();
  await expect(sessions).toHaveCount(1);
  await expect(lost.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(lost.getByText('Your session has ended')).toBeVisible();
});

test('a changed password holds from then on, and ends the other sessions', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const page = await visit(null, '/profile');
  await signIn(page, ann.username, ann.password);
  const elsewhere = await visit(ann, '/rooms');
  await expect(elsewhere.getByText('No rooms yet')).toBeVisible();

  await page.getByLabel('Current password').fill('wrong');
  await page.getByLabel('New password', { exact: true }).fill('a better password');
  await page.getByLabel('New password again').fill('a better password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Current password').fill(ann.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();

  await expect(elsewhere.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await signIn(elsewhere, ann.username, 'a better password');
  await expect(elsewhere.getByText('No rooms yet')).toBeVisible();
});

test('an API token is shown once, works, and is refused after it was revoked', async ({ team, server, visit }) => {
  const [ann] = await team.people(['Ann']);
  const page = await visit(ann, '/profile/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name').fill('Build server');
  await page.getByRole('button', { name: 'Create' }).click();
  const secret = await page.getByLabel('Token', { exact: true }).inputValue();
  const ask = () => fetch(`${server.url}/api/me`, { headers: { Authorization: `Bearer ${secret}` } });
  expect((await ask()).status).toBe(200);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.reload();
  await expect(page.getByText('Build server')).toBeVisible();
  expect(await page.content()).not.toContain(secret);

  await page.getByRole('button', { name: 'Revoke the token Build server' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('No tokens yet')).toBeVisible();
  expect((await ask()).status).toBe(401);
});

test('an administrator makes a person, gives permissions and closes the account', async ({ team, visit }) => {
  const admin = await visit(team.admin, '/admin/people');
  const username = `grace-${Date.now()}`;
  const name = `Grace ${username}`;
  await admin.getByRole('button', { name: 'New person' }).click();
  await admin.getByLabel('Name', { exact: true }).fill(name);
  await admin.getByRole('textbox', { name: 'Username' }).fill(username);
  await admin.getByLabel('First password').fill('the first password');
  await admin.getByRole('button', { name: 'Create' }).click();
  await expect(admin.getByText(`${name} can sign in now`)).toBeVisible();

  const actions = admin.getByRole('button', { name: `Actions for ${name}` });
  await actions.click();
  await admin.getByRole('menuitem', { name: 'Permissions…' }).click();
  const dialog = admin.getByRole('dialog', { name: `Permissions of ${name}` });
  await dialog.getByRole('checkbox', { name: 'Design flows' }).check();
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByLabel('Application').fill('shop');
  await dialog.getByLabel('Environment').fill('production');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await actions.click();
  await admin.getByRole('menuitem', { name: 'Permissions…' }).click();
  await expect(dialog.getByRole('checkbox', { name: 'Design flows' })).toBeChecked();
  await expect(dialog.getByRole('checkbox', { name: 'Manage hosts' })).not.toBeChecked();
  await expect(dialog.getByLabel('Application')).toHaveValue('shop');
  await expect(dialog.getByLabel('Environment')).toHaveValue('production');
  await admin.keyboard.press('Escape');

  const page = await visit(null, '/');
  await signIn(page, username, 'the first password');
  await expect(page.getByText('No rooms yet')).toBeVisible();
  await actions.click();
  await admin.getByRole('menuitem', { name: 'Close account…' }).click();
  await admin.getByRole('alertdialog').getByRole('button', { name: 'Close account' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('somebody who is no administrator does not see the pages for administrators', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const page = await visit(ann, '/admin/people');
  await expect(page.getByRole('heading', { name: 'This page is for administrators' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' })).toHaveCount(0);
});

test('a new name shows on other people’s pages without a reload', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('Names', [ann, bea]);
  await ann.api.say(room.id, 'It is me');
  const other = await visit(bea, `/rooms/${room.id}`);
  await expect(new Conversation(other).message('It is me')).toContainText('Ann');
  const page = await visit(ann, '/profile');
  await page.getByLabel('Display name').fill('Annabel');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(new Conversation(other).message('It is me')).toContainText('Annabel');
});

test('too many wrong passwords say how long to wait', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const [ann] = await team.people(['Ann']);
  const page = await visit(null, '/', { origin: server.url });
  const alert = page.getByRole('alert');
  const free = Array.from({ length: 5 }, () => Api.signIn(server.url, ann.username, 'not the password'));
  await Promise.allSettled(free);
  await expect(async () => {
    await signIn(page, ann.username, 'not the password');
    await expect(alert).toContainText(/try again in \d+ second/, { timeout: 1_000 });
  }).toPass();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
});
