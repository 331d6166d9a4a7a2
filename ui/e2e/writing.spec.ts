import { expect, mirelle, test } from './window';

test('every keystroke of fast typing is saved, in order', async ({ page }) => {
	await page.goto(mirelle);
	const field = page.getByTestId('field-creator_notes');
	await field.click();
	await field.fill('');
	const text = 'The quick salt factor counts forty bells and says nothing of the forty-first.';
	await page.keyboard.type(text, { delay: 8 });
	await expect(field).toHaveValue(text);
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');
	await page.getByTestId('rail-library').click();
	await page.getByTestId('library-card').filter({ hasText: 'Mirelle' }).click();
	await expect(page.getByTestId('field-creator_notes')).toHaveValue(text);
});

test('leaving at once after a keystroke loses nothing', async ({ page }) => {
	await page.goto(mirelle);
	await page.getByTestId('field-scenario').fill('Typed, then gone.');
	await page.getByTestId('rail-outbox').click();
	await expect(page.getByTestId('outbox')).toBeVisible();
	await page.goBack();
	await expect(page.getByTestId('field-scenario')).toHaveValue('Typed, then gone.');
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');
});

test('Ctrl-Z in a field of the card takes back the last change, also of another field', async ({ page }) => {
	await page.goto(mirelle);
	const scenario = page.getByTestId('field-scenario');
	const was = await scenario.inputValue();
	await scenario.fill('Something else.');
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');
	await page.getByTestId('field-personality').focus();
	await page.keyboard.press('Control+z');
	await expect(scenario).toHaveValue(was);
	await page.keyboard.press('Control+Shift+z');
	await expect(scenario).toHaveValue('Something else.');
});

test('a full disk keeps the text and says so', async ({ page }) => {
	await page.goto(`${mirelle}?scene=full`);
	await page.getByTestId('field-scenario').fill('Not on the disk.');
	await expect(page.getByTestId('banner-unsaved')).toContainText('The disk is full');
	await expect(page.getByTestId('saved')).toHaveText('not saved');
	await expect(page.getByTestId('field-scenario')).toHaveValue('Not on the disk.');
	await page.getByTestId('copy-unsaved').click();
	await expect(page.getByTestId('notices')).toContainText(/copied/);
});

test('two windows on one field: both texts stay until one is chosen', async ({ page }) => {
	await page.goto(`${mirelle}?scene=conflict`);
	const field = page.getByTestId('field-description');
	const was = await field.inputValue();
	await field.fill('Mine.');
	await expect(page.getByTestId('conflict-description')).toContainText(was.slice(0, 40));
	await expect(field).toHaveValue('Mine.');
	await page.getByTestId('take-theirs').click();
	await expect(field).toHaveValue(was);
});

test('greetings move by keyboard, tags are added and taken back', async ({ page }) => {
	await page.goto(mirelle);
	const first = page.getByTestId('field-alternate_greetings-0');
	const text = await first.inputValue();
	await first.focus();
	await page.keyboard.press('Alt+ArrowDown');
	await expect(page.getByTestId('field-alternate_greetings-1')).toHaveValue(text);
	await expect(page.getByTestId('field-alternate_greetings-1')).toBeFocused();
	await page.getByTestId('add-tag').fill('desert, caravan');
	await page.keyboard.press('Enter');
	await expect(page.getByTestId('field-tags').getByRole('listitem')).toHaveCount(6);
	await page.keyboard.press('Backspace');
	await expect(page.getByTestId('add-tag')).toHaveValue('caravan');
});

test('an address is checked when it is left, and what is refused says why', async ({ page }) => {
	await page.goto('/character/char-untitled-ghost');
	const slug = page.getByTestId('field-slug');
	await slug.fill('Not An Address');
	await slug.blur();
	await expect(page.locator('#slug-note')).toContainText('cannot stand in an address');
	await slug.fill('mirelle');
	await slug.press('Enter');
	await expect(page.locator('#slug-note')).toContainText('Another character of yours');
	await slug.fill('a-ghost');
	await slug.press('Enter');
	await expect(page.getByTestId('address')).toHaveText('a-ghost');
});

test('text of a card is text: nothing in it becomes a part of the page', async ({ page }) => {
	await page.goto(mirelle);
	const bad = '<img src=x onerror="window.bad=1"><b id="bold">b</b> {{user}}';
	await page.getByTestId('field-description').fill(bad);
	await page.getByTestId('field-name').fill(bad);
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');
	await expect(page.getByTestId('character-name')).toHaveText(bad);
	await page.getByTestId('compare').click();
	await expect(page.getByTestId('diff-field-description')).toContainText('<img');
	expect(await page.locator('#bold').count()).toBe(0);
	expect(await page.evaluate(() => 'bad' in window)).toBe(false);
});
