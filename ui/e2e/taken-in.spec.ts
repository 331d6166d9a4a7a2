import { expect, mirelle, test } from './window';

test('a newer release is said, taken in, and both texts stand side by side until one is chosen', async ({
	page
}) => {
	await page.goto(`${mirelle}?scene=overtaken`);
	const said = page.getByTestId('overtaken');
	await expect(said).toContainText('Release 4 is newer than what this draft was made from');
	await expect(said).toContainText('Ana on “train-laptop” published it');
	await expect(page.getByTestId('draft-overtaken')).toContainText('release 4 is newer');
	await page.keyboard.press('m');
	const sheet = page.getByTestId('taken-in');
	await expect(page.getByTestId('taken-list')).toHaveText('Taken from release 4: Scenario.');
	await expect(sheet.getByTestId('overlap-first_mes')).toContainText('You came by the salt road.');
	await expect(said).toHaveCount(0);

	// Leaving it undecided loses nothing: the window goes on saying so.
	await page.getByTestId('taken-in-done').click();
	await expect(page.getByTestId('overlaps')).toContainText('1 field was changed both here and in release 4');
	await expect(page.getByTestId('draft-overlaps')).toContainText('1 field changed on both sides');
	await page.getByTestId('both-sides').click();
	await page.getByTestId('theirs-first_mes').click();
	await expect(page.getByTestId('nothing-open')).toContainText('The draft can be published.');
	await page.getByTestId('taken-in-done').click();
	await expect(page.getByTestId('overlaps')).toHaveCount(0);
	await expect(page.getByTestId('field-first_mes')).toHaveValue(/^You came by the salt road/);
});

test('words of one’s own are written where both sides are compared, and are the draft’s', async ({
	page
}) => {
	await page.goto(`${mirelle}?scene=overtaken`);
	await page.getByTestId('take-in').click();
	await page.getByTestId('own-first_mes').fill('Neither of the two.');
	await page.getByTestId('mine-first_mes').click();
	await page.getByTestId('taken-in-done').click();
	await expect(page.getByTestId('field-first_mes')).toHaveValue('Neither of the two.');
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');
});

test('a request that came too late says what to take in, and goes there', async ({ page }) => {
	await page.goto('/outbox?scene=needs-you,overtaken');
	await expect(page.getByTestId('outbox-take-in')).toHaveText('Take in release 4');
	await expect(page.getByTestId('outbox-retry')).toHaveCount(0);
	await page.getByTestId('outbox-take-in').click();
	await expect(page.getByTestId('taken-in')).toBeVisible();
	await expect(page.getByTestId('character-name')).toHaveText('Mirelle of the Salt Road');
});

test('a notice lies in the status line, says the answer when it comes, and is the only one', async ({
	page
}) => {
	await page.goto(mirelle);
	for (const action of ['deprecate', 'archive']) {
		await page.getByTestId('actions-4').click();
		if (action === 'deprecate') {
			await page.getByTestId('action-deprecate').click();
			await page.getByTestId('deprecate-message').fill('Old.');
			await page.getByTestId('deprecate-confirm').click();
		} else await page.getByTestId('action-archive').click();
		await expect(page.getByTestId('notices')).toContainText('in the outbox');
		await expect(page.getByTestId('notices')).not.toContainText('in the outbox');
	}
	await expect(page.getByTestId('notices').locator('.notice')).toHaveCount(1);
	const [notice, line] = await Promise.all([
		page.getByTestId('notices').boundingBox(),
		page.getByTestId('status').boundingBox()
	]);
	expect(notice!.y).toBeGreaterThanOrEqual(line!.y);
	await expect(page.getByTestId('status')).toHaveAttribute('data-waiting', '0');

	// Under an open sheet it lies below the shade, so that it covers none of the sheet's buttons.
	await page.getByTestId('publish').click();
	await expect(page.getByTestId('publish-confirm')).toBeVisible();
	const said = page.getByTestId('notices').locator('.notice');
	await expect(said).toHaveCount(1);
	const uppermost = await said.evaluate((element: HTMLElement) => {
		// An open dialog lets no pointer through to what lies outside it; asked is what is seen.
		element.style.pointerEvents = 'auto';
		const box = element.getBoundingClientRect();
		const found = document.elementFromPoint(box.right - 8, box.top + box.height / 2);
		return element.contains(found);
	});
	expect(uppermost).toBe(false);
});
