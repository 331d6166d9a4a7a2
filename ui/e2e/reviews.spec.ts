import { expect, test } from './window';

const row = (name: string) => `[data-testid=review-row]:has-text("${name}")`;

test('what waits is listed, with what is this account’s to decide first and why the rest is not', async ({
	page
}) => {
	await page.goto('/');
	await expect(page.getByTestId('rail-reviews')).toContainText('2');
	await page.keyboard.press('Control+3');
	await expect(page.getByTestId('review-row')).toHaveCount(4);
	const kestrel = page.locator(row('Kestrel'));
	await expect(kestrel).toContainText('ben/kestrel');
	await expect(kestrel).toContainText('stable');
	await expect(kestrel).toContainText('A colder opening');
	await expect(kestrel.getByTestId('stage-1')).toContainText('approved by Cleo Marsh');
	await expect(kestrel.getByTestId('stage-2')).toHaveAttribute('data-standing', 'waits');
	await expect(page.locator(row('Tamsin Reed')).getByTestId('review-why')).toContainText('their own');
	await expect(page.locator(row('Low Tide')).getByTestId('review-why')).toContainText('safety officer');
	await page.keyboard.press('j');
	await expect(kestrel.getByRole('link')).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByTestId('review-name')).toHaveText('Kestrel, keeper of the weir');
	await page.keyboard.press('Escape');
	await expect(page.getByTestId('reviews')).toBeVisible();
});

test('a review shows what changes and the whole card, and the last yes publishes', async ({ page }) => {
	await page.goto('/reviews');
	await page.locator(row('Kestrel')).click();
	const first = page.getByTestId('diff-field-first_mes');
	await expect(first.locator('del').first()).toBeVisible();
	await page.keyboard.press('n');
	await expect(page.locator('[data-testid^=diff-field]:focus')).toHaveCount(1);
	await page.getByTestId('review-whole').click();
	await expect(page.getByTestId('card-description')).toContainText('owed eleven favours');
	await expect(page.getByTestId('verdict')).toContainText('evening of the flood');
	await expect(page.getByTestId('approve')).toHaveText('Approve and publish 3 to stable');
	await page.keyboard.press('a');
	await expect(page.getByTestId('verdict-word')).toContainText('Approve 3 of Kestrel');
	await expect(page.getByTestId('verdict-word')).toContainText(
		'Release 3 is published; stable points to it.'
	);
	await expect(page.getByTestId('rail-reviews')).toContainText('1');
	await page.getByTestId('rail-outbox').click();
	const entry = page.locator('[data-testid=outbox-row][data-operation=approve]');
	await expect(entry).toHaveAttribute('data-state', 'settled');
	await entry.getByRole('link').first().click();
	await expect(page.getByTestId('verdict-word')).toContainText('Release 3 is published');
});

test('a stage is approved, and the next one needs somebody else', async ({ page }) => {
	await page.goto('/reviews');
	await page.locator(row('Tin Mother')).click();
	await expect(page.getByTestId('review-card')).toContainText('“Shoes,”');
	await page.getByTestId('review-changes').click();
	await expect(page.getByTestId('not-compared')).toContainText('first release');
	await expect(page.getByTestId('approve')).toHaveText('Approve stage 1 of 2');
	await page.getByTestId('approve').click();
	await expect(page.getByTestId('verdict-why')).toContainText('needs another person');
	await expect(page.getByTestId('verdict').getByTestId('stage-1')).toContainText('approved by Ana Ruiz');
	await page.keyboard.press('a');
	await expect(page.getByTestId('approve')).toHaveAttribute('aria-disabled', 'true');
});

test('a rejection asks for a message', async ({ page }) => {
	await page.goto('/reviews');
	await page.locator(row('Kestrel')).click();
	await expect(page.getByTestId('approve')).toHaveAttribute('aria-disabled', 'false');
	await page.keyboard.press('r');
	await page.getByTestId('reject-confirm').click({ force: true });
	await expect(page.getByTestId('reject-dialog')).toContainText('Tell ben what stands in the way.');
	await page.getByTestId('reject-message').fill('The favour count contradicts release 1.');
	await page.getByTestId('reject-confirm').click();
	await expect(page.getByTestId('verdict-word')).toContainText('Release 3 is rejected.');
	await page.getByTestId('review-back').click();
	await expect(page.getByTestId('review-row')).toHaveCount(3);
});

test('empty, offline, signed out, failing and without a role are said in words', async ({ page }) => {
	await page.goto('/reviews?scene=empty');
	await expect(page.getByTestId('reviews-empty')).toHaveText('Nothing waits for approval.');
	await page.goto('/reviews?scene=offline');
	await expect(page.getByTestId('reviews-offline')).toContainText('What waits is shown when it is back.');
	await page.goto('/reviews?scene=signed-out');
	await expect(page.getByTestId('reviews-signed-out')).toContainText('You are signed out');
	await page.goto('/reviews?scene=failing');
	await expect(page.getByTestId('reviews-failure').getByRole('button', { name: 'Try again' })).toBeVisible();
	await page.goto('/reviews?scene=no-role');
	await expect(page.getByTestId('reviews-none-mine')).toBeVisible();
	await expect(page.getByTestId('rail-reviews').locator('.count')).toHaveCount(0);
	await page.goto('/reviews/nothing-of-the-kind');
	await expect(page.getByTestId('review-gone')).toContainText('does not wait');
});

test('what one submitted is withdrawn from the timeline, after saying what that means', async ({ page }) => {
	await page.goto('/character/char-tamsin-reed');
	await page.getByTestId('actions-1').click();
	await page.getByTestId('action-withdraw').click();
	await expect(page.getByTestId('withdraw-dialog')).toContainText('cannot be taken back');
	await page.getByTestId('withdraw-confirm').click();
	await expect(page.getByTestId('release-1')).toHaveAttribute('data-state', 'withdrawn');
	await page.getByTestId('rail-reviews').click();
	await expect(page.getByTestId('review-row')).toHaveCount(3);
});
