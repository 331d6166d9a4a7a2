import { expect, mirelle, test } from './window';

test('a sample is imported, edited, published, and its history stands beside it', async ({ page }) => {
	await page.goto('/?scene=empty');
	await page.getByTestId('sample-mirelle').click();
	await expect(page.getByTestId('import-version')).toHaveText('V2');
	await expect(page.getByTestId('import-repairs')).toContainText('2 places read with care');
	await page.getByTestId('import-confirm').click();

	await expect(page.getByTestId('character-name')).toHaveText('Mirelle of the Salt Road');
	await page.getByTestId('field-scenario').fill('Four nights out of Qasr.');
	await expect(page.getByTestId('saved')).toHaveAttribute('data-state', 'saved');

	await page.getByTestId('publish').click();
	await page.getByTestId('publish-notes').fill('First light');
	await page.getByTestId('channel-option-beta').check();
	await expect(page.getByTestId('publish-confirm')).toHaveText('Publish 1 to beta');
	await page.getByTestId('publish-confirm').click();
	const release = page.getByTestId('release-1');
	await expect(release).toHaveAttribute('data-state', 'published');
	await expect(release).toContainText('First light');
	await page.getByTestId('unfold-1').click();
	await expect(release.getByTestId('event').first()).toContainText('Ana submitted it from “studio-laptop”');
});

test('offline nothing is called published; it waits, and goes out by itself', async ({ page }) => {
	await page.goto(`${mirelle}?scene=offline`);
	await expect(page.getByTestId('status')).toHaveAttribute('data-connection', 'offline');
	await page.getByTestId('publish').click();
	await expect(page.getByTestId('publish-offline')).toBeVisible();
	await expect(page.getByTestId('publish-confirm')).toHaveText('Publish when online');
	await page.getByTestId('publish-confirm').click();
	await expect(page.getByTestId('waiting-node')).toContainText('waiting');
	await expect(page.getByTestId('release-5')).toHaveCount(0);
	await page.getByTestId('rail-outbox').click();
	await expect(page.getByTestId('outbox-row').first()).toHaveAttribute('data-state', 'waiting');
	await page.getByTestId('outbox-cancel').click();
	await expect(page.locator('[data-testid=outbox-row][data-state=cancelled]')).toHaveCount(1);
});

test('what is missing is listed before publishing and jumps to its field', async ({ page }) => {
	await page.goto('/character/char-untitled-ghost');
	await expect(page.getByTestId('character-name')).toHaveText('Untitled ghost');
	await page.keyboard.press('p');
	await expect(page.getByTestId('publish-failures')).toContainText('2 things are missing');
	await expect(page.getByTestId('publish-confirm')).toHaveAttribute('aria-disabled', 'true');
	await page.getByTestId('publish-confirm').click({ force: true });
	await expect(page.getByTestId('publish-sheet')).toBeVisible();
	await page.getByTestId('publish-failure-first_mes').click();
	await expect(page.getByTestId('field-first_mes')).toBeFocused();
});

test('revoking asks for a reason and can point the channel back', async ({ page }) => {
	await page.goto(mirelle);
	await page.getByTestId('actions-4').click();
	await page.getByTestId('action-revoke').click();
	await page.getByTestId('revoke-confirm').click({ force: true });
	await expect(page.getByTestId('revoke-dialog')).toContainText('Choose a reason.');
	await page.getByTestId('reason-safety').check();
	await page.getByTestId('revoke-message').fill('It says where she lives.');
	await page.getByTestId('repoint-beta').selectOption({ index: 1 });
	await expect(page.getByTestId('revoke-confirm')).toHaveText('Revoke 4 and move beta');
	await page.getByTestId('revoke-confirm').click();
	await expect(page.getByTestId('release-4')).toHaveAttribute('data-state', 'revoked');
	await expect(page.getByTestId('release-3')).toHaveAttribute('data-channels', 'stable beta');
	await expect(page.getByTestId('notice-4')).toContainText('It says where she lives.');
});

test('two versions are compared, and a field is restored', async ({ page }) => {
	await page.goto(mirelle);
	await page.getByTestId('pick-draft').check();
	await page.getByTestId('pick-4').check();
	const field = page.getByTestId('diff-field-personality');
	await expect(field.locator('del')).toHaveText('cheated');
	await expect(field.locator('ins')).toHaveText('robbed');
	await page.keyboard.press('n');
	await expect(page.getByTestId('diff-field-first_mes')).toBeFocused();
	await page.getByTestId('restore-personality').click();
	await expect(page.getByTestId('diff-field-personality')).toHaveCount(0);
	await page.keyboard.press('Escape');
	await expect(page.getByTestId('field-personality')).toHaveValue(/cheated by weather/);
	await page.keyboard.press('z');
	await expect(page.getByTestId('field-personality')).toHaveValue(/robbed by weather/);
});

test('a channel is moved, what apps get is shown, and the history verifies', async ({ page }) => {
	await page.goto(mirelle);
	await page.getByTestId('actions-4').click();
	await page.getByTestId('action-promote').click();
	await page.getByTestId('promote-confirm').click();
	await expect(page.getByTestId('release-4')).toHaveAttribute('data-channels', 'beta stable');
	await page.getByTestId('character-menu').click();
	await page.getByTestId('action-resolve').click();
	await expect(page.getByTestId('resolved')).toHaveAttribute('data-number', '4');
	await page.keyboard.press('Escape');
	await page.getByTestId('verify').click();
	await expect(page.getByTestId('verify-report')).toHaveAttribute('data-ok', 'true');
});

test('an export lists what is lost before it writes', async ({ page }) => {
	await page.goto(mirelle);
	await expect(page.getByTestId('character-name')).toBeVisible();
	await page.keyboard.press('e');
	await page.getByTestId('export-v1').check();
	await expect(page.getByTestId('export-losses')).toContainText('have no place in V1');
	await page.getByTestId('export-confirm').click();
	await expect(page.getByTestId('export-file')).toContainText('.png');
});
