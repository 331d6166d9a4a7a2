import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './window';
import { shots } from './shots.mjs';

// Every picture's view, in both themes, against WCAG 2.2 A and AA.
for (const shot of shots) {
	for (const theme of ['light', 'dark'] as const) {
		test(`${shot.name} in ${theme} keeps WCAG 2.2 AA`, async ({ page }) => {
			await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
			const kept = shot.kept ?? {};
			await page.addInitScript((it) => localStorage.setItem('dramatis.window', JSON.stringify(it)), kept);
			const [width, height] = shot.sizes?.at(-1) ?? [1440, 900];
			await page.setViewportSize({ width, height });
			await page.goto(shot.path);
			await expect(page.getByTestId('status')).toBeVisible();
			await page.waitForLoadState('networkidle');
			if (shot.act) await shot.act(page);
			const found = await new AxeBuilder({ page })
				.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
				// Menus and dialogs are drawn at the end of the page, outside the landmarks, as their pattern asks.
				.disableRules(['region'])
				.analyze();
			const told = found.violations.map(
				(one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`
			);
			expect(told).toEqual([]);
		});
	}
}

test('at 200 % text nothing is cut off at the side', async ({ page }) => {
	await page.addInitScript(() => localStorage.setItem('dramatis.window', JSON.stringify({ textSize: 200 })));
	for (const path of [
		'/',
		'/character/char-mirelle',
		'/outbox?scene=needs-you',
		'/reviews?scene=long',
		'/settings'
	]) {
		await page.goto(path);
		await expect(page.getByTestId('status')).toBeVisible();
		const wide = await page.evaluate(
			() =>
				[document.documentElement, ...document.querySelectorAll('main')].filter(
					(one) => one.scrollWidth > one.clientWidth + 1
				).length
		);
		expect(wide, path).toBe(0);
	}
});
