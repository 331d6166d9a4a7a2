import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './window';

test('what the studio ships has no in-memory host, and says so outside the studio', async ({ page }) => {
	const files = readdirSync('build', { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
	const scripts = files.filter((one) => /\.(js|html)$/.test(one.name));
	expect(scripts.length).toBeGreaterThan(5);
	for (const one of scripts) {
		const text = readFileSync(join(one.parentPath, one.name), 'utf8');
		// Words that only the in-memory host says.
		expect(text, one.name).not.toMatch(/Salt Road Press|Brother Anselm|Salt Road/);
	}
	await page.goto('http://127.0.0.1:4179/');
	await expect(page.getByTestId('failure')).toContainText('opened outside the studio');
});

test('the window asks for nothing from elsewhere', async ({ page }) => {
	const outside: string[] = [];
	page.on('request', (request) => {
		const url = new URL(request.url());
		if (url.protocol !== 'data:' && url.host !== '127.0.0.1:4178') outside.push(request.url());
	});
	for (const path of ['/', '/character/char-mirelle', '/outbox', '/settings']) {
		await page.goto(path);
		await expect(page.getByTestId('status')).toBeVisible();
	}
	expect(outside).toEqual([]);
	const policy = await page.locator('meta[http-equiv=content-security-policy]').getAttribute('content');
	expect(policy).toContain("default-src 'none'");
	expect(policy).toMatch(/script-src 'self' 'sha256-[^']+';/);
});
