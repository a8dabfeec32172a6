import { Conversation } from './support/conversation';
import { expect, test } from './support/test';

test('whoever is taken out of a room sees it close at once', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('Closed circle', [ann, bea]);
  await ann.api.say(room.id, 'For us two');
  const page = await visit(bea, `/rooms/${room.id}`);
  await expect(new Conversation(page).message('For us two')).toBeVisible();
  await ann.api.command({ type: 'remove_person', room: room.id, person: bea.id });
  await expect(page.getByText('This room cannot be found')).toBeVisible();
  await expect(page.getByText('For us two')).toHaveCount(0);
  await expect(page.getByTestId('room-item')).toHaveCount(0);
});

test('whoever is added to a room has it in the list at once', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const page = await visit(bea, '/rooms');
  await expect(page.getByText('No rooms yet')).toBeVisible();
  const room = await team.room('Just opened', [ann, bea]);
  await ann.api.say(room.id, 'Welcome');
  await page.getByTestId('room-item').getByText('Just opened').click();
  await expect(new Conversation(page).message('Welcome')).toBeVisible();
});

test('a room is made, found by somebody else, joined and left', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const page = await visit(ann, '/rooms');
  await page.getByTestId('new-menu').click();
  await page.getByRole('menuitem', { name: 'New room' }).click();
  const name = `Garden of ${ann.username}`;
  await page.getByTestId('new-room-name').fill(name);
  await page.getByTestId('create-room').click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await new Conversation(page).say('Is anybody here?');

  const other = await visit(bea, '/rooms');
  await other.getByTestId('new-menu').click();
  await other.getByRole('menuitem', { name: 'Browse public rooms' }).click();
  await other.getByTestId('directory-search').fill(name);
  await other.getByRole('button', { name: `Join: ${name}` }).click();
  await expect(new Conversation(other).message('Is anybody here?')).toBeVisible();
  await expect(page.getByText('Bea joined')).toBeVisible();

  await other.getByTestId('room-menu').click();
  await other.getByRole('menuitem', { name: 'Leave room' }).click();
  await other.getByRole('alertdialog').getByRole('button', { name: 'Leave room' }).click();
  await expect(other.getByText('Choose a room to begin')).toBeVisible();
  await expect(page.getByText('Bea left')).toBeVisible();
});

test('two people talk in a direct room that says who is there', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const page = await visit(ann, '/rooms');
  await page.getByTestId('new-menu').click();
  await page.getByRole('menuitem', { name: 'New direct message' }).click();
  await page.getByTestId('people-search').fill(bea.username);
  await page.getByTestId('person-option').filter({ hasText: `@${bea.username}` }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Bea' })).toBeVisible();
  const hers = new Conversation(page);
  await hers.say('Only for you');
  await expect(page.getByTestId('read-by')).toHaveText('Not read yet');

  const other = await visit(bea, '/rooms');
  await other.getByTestId('room-item').getByText('Ann').click();
  await expect(new Conversation(other).message('Only for you')).toBeVisible();
  await expect(page.getByTestId('read-by')).toHaveText('Read');
  const header = page.getByTestId('conversation').locator('header');
  await expect(header).toContainText('Online');
  await other.close();
  await expect(header).toContainText('Offline');
});

test('one sees who is writing, and who has read', async ({ team, visit }) => {
  const people = await team.people(['Ann', 'Bea', 'Cai']);
  const [ann, bea] = people;
  const room = await team.room('Attention', people);
  const hers = new Conversation(await visit(ann, `/rooms/${room.id}`));
  const other = new Conversation(await visit(bea, `/rooms/${room.id}`));
  await Promise.all([hers.expectTransport('websocket'), other.expectTransport('websocket')]);
  await other.composer.pressSequentially('I think that');
  await expect(hers.page.getByTestId('typing')).toHaveText('Bea is typing…');
  await other.say('I think that we can');
  await expect(hers.page.getByTestId('typing')).toHaveText('');

  await hers.say('So do I');
  await expect(hers.page.getByTestId('read-by')).toHaveText('Read by 1/2');
  await hers.page.getByTestId('read-by').click();
  await expect(hers.page.getByText('Not read by 1')).toBeVisible();
});

test('what was read in one tab is read in the other', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('Two tabs', [ann, bea]);
  const behind = await visit(bea, '/rooms');
  await ann.api.say(room.id, 'News');
  await expect(behind.getByTestId('unread-badge')).toContainText('1');
  const front = await visit(bea, `/rooms/${room.id}`, { beside: behind });
  await expect(new Conversation(front).message('News')).toBeVisible();
  await expect(behind.getByTestId('unread-badge')).toHaveCount(0);
});

test('the way to connect is chosen in the profile, holds at once and shows there', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const room = await team.room('Ways', [ann, bea]);
  const page = await visit(ann, '/profile');
  await expect(page.getByText('In use now: WebSocket')).toBeVisible();
  for (const way of ['Server-sent events', 'Long polling', 'Short polling', 'WebSocket']) {
    await page.getByRole('radio', { name: way }).check();
    await expect(page.getByText(`In use now: ${way}`)).toBeVisible();
  }
  await page.getByRole('radio', { name: 'Long polling' }).check();
  await expect(page.getByText('In use now: Long polling')).toBeVisible();
  await page.reload();
  await expect(page.getByText('In use now: Long polling')).toBeVisible();
  await page.goto(new URL(`/rooms/${room.id}`, page.url()).href);
  await bea.api.say(room.id, 'By another way');
  await expect(new Conversation(page).message('By another way')).toBeVisible();
});

test('Ctrl+K finds a room and goes there', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  await team.room('Kitchen', [ann]);
  const garden = await team.room('Garden', [ann]);
  const page = await visit(ann, `/rooms/${garden.id}`);
  await expect(page.getByTestId('composer')).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('kit');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Kitchen' })).toBeVisible();
});

test('a dialog with a list asks for it once, and not again and again', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  await team.room('Findable', [ann], 'public');
  const page = await visit(ann, '/rooms', {
    before: async (page) => {
      await page.clock.install();
    },
  });
  let questions = 0;
  page.on('request', () => (questions += 1));
  for (const [action, first] of [
    ['New direct message', 'person-option'],
    ['Browse public rooms', 'directory-room'],
  ] as const) {
    await page.getByTestId('new-menu').click();
    await page.getByRole('menuitem', { name: action }).click();
    await expect(page.getByTestId(first).first()).toBeVisible();
    const asked = questions;
    for (let second = 0; second < 5; second += 1) await page.clock.runFor(1_000);
    expect(questions - asked, action).toBeLessThan(3);
    await page.keyboard.press('Escape');
  }
});
