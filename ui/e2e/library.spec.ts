import { expect, test } from './window';

test('search and filters answer as one types', async ({ page }) => {
	await page.goto('/');
	await expect(page.getByTestId('library-card')).toHaveCount(7);
	await page.keyboard.press('/');
	await page.keyboard.type('salt road');
	await expect(page.getByTestId('library-card')).toHaveCount(1);
	await page.getByTestId('find').fill('zeppelin');
	await expect(page.getByTestId('library-none')).toContainText('zeppelin');
	await page.getByRole('button', { name: 'Show all 7' }).click();
	await page.getByTestId('filter-unpublished').click();
	await expect(page.getByTestId('library-card')).toHaveCount(1);
	await page.getByTestId('show-table').click();
	await expect(page.getByRole('table')).toContainText('unpublished changes');
});

test('files are imported by dropping them, and what cannot be read says why', async ({ page }) => {
	await page.goto('/');
	await expect(page.getByTestId('library-card')).toHaveCount(7);
	await page.evaluate(() => {
		const data = new DataTransfer();
		data.items.add(new File(['{}'], 'Brother Anselm.json', { type: 'application/json' }));
		data.items.add(new File(['x'], 'holiday.webp', { type: 'image/webp' }));
		for (const type of ['dragenter', 'drop']) {
			window.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
		}
	});
	await expect(page.getByTestId('import-failure')).toContainText('holiday.webp');
	await expect(page.getByTestId('choice-new')).toBeChecked();
	await page.getByTestId('choice-skip').check();
	await expect(page.getByTestId('import-confirm')).toHaveText('Skip');
	await page.getByTestId('choice-new').check();
	await page.getByTestId('import-confirm').click();
	await expect(page.getByTestId('character-name')).toHaveText('Brother Anselm');
});

test('everything can be reached by keys, and the sheet lists them', async ({ page }) => {
	await page.goto('/');
	await expect(page.getByTestId('library-card')).toHaveCount(7);
	await page.keyboard.press('j');
	await expect(page.getByTestId('library-card').first()).toBeFocused();
	await page.keyboard.press('j');
	await page.keyboard.press('k');
	await page.keyboard.press('Enter');
	await expect(page.getByTestId('character-name')).toBeVisible();
	await page.keyboard.press('Shift+?');
	const sheet = page.getByTestId('keys');
	for (const words of ['Publish', 'Compare', 'Undo', 'Import cards', 'New character', 'Find']) {
		await expect(sheet.getByRole('term').filter({ hasText: words }).first()).toBeVisible();
	}
	await page.keyboard.press('Escape');
	await page.keyboard.press('Control+k');
	await page.getByTestId('palette-input').fill('outbox');
	await page.keyboard.press('Enter');
	await expect(page.getByTestId('outbox')).toBeVisible();
	await page.keyboard.press('n');
	await page.getByTestId('new-name').fill('Ines');
	await page.keyboard.press('Enter');
	await expect(page.getByTestId('character-name')).toHaveText('Ines');
});

test('single keys can be switched off', async ({ page }) => {
	await page.goto('/settings');
	await page.getByTestId('single-keys').uncheck();
	await page.getByTestId('rail-library').focus();
	await page.keyboard.press('n');
	await expect(page.getByTestId('new-dialog')).toHaveCount(0);
	await page.keyboard.press('Control+k');
	await expect(page.getByTestId('palette')).toBeVisible();
});

test('a failing store says what happened, what is safe and what to do', async ({ page }) => {
	await page.goto('/?scene=failing');
	const failure = page.getByTestId('library-failure');
	await expect(failure).toContainText('did not answer');
	await expect(failure).toContainText('still on disk');
	await expect(failure.getByRole('button', { name: 'Try again' })).toBeVisible();
	await expect(failure.getByRole('button', { name: 'Copy message' })).toBeVisible();
});

test('signing in and out, and another inventory', async ({ page }) => {
	await page.goto('/settings?scene=signed-out');
	await expect(page.getByTestId('banner-signed-out')).toBeVisible();
	await page.getByTestId('token').fill('not a token');
	await page.getByTestId('sign-in').click();
	await expect(page.getByTestId('sign-in-failure')).toContainText('begins with drm_');
	await page.getByTestId('token').fill('drm_7Kq2example');
	await page.getByTestId('sign-in').click();
	await expect(page.getByTestId('settings-account')).toHaveAttribute('data-signed-in', 'true');
	await expect(page.getByTestId('banner-signed-out')).toHaveCount(0);
	await page.getByTestId('inventory-local').check();
	await page.getByTestId('inventory-use').click();
	await expect(page.getByTestId('settings-inventory')).toHaveAttribute('data-kind', 'this_computer');
	await page.getByTestId('theme-dark').check();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
