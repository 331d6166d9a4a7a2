import { test as base, expect } from '@playwright/test';

/** A page that fails its test when anything goes wrong in the console, a broken content policy included. */
export const test = base.extend<{ quiet: void }>({
	quiet: [
		async ({ page }, use) => {
			const wrong: string[] = [];
			page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
			page.on('pageerror', (error) => wrong.push(String(error)));
			await use();
			expect(wrong).toEqual([]);
		},
		{ auto: true }
	]
});

export { expect };
export const mirelle = '/character/char-mirelle';
