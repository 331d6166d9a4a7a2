// Takes pictures of every view and scene of the fake build: `npm run build:fake && node e2e/pictures.mjs [name…]`.
import { chromium } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { shots } from './shots.mjs';

const port = 4179;
const only = process.argv.slice(2);
const server = spawn(
	'node_modules/.bin/sirv',
	['build-fake', '--single', '--port', String(port), '--quiet'],
	{ stdio: 'inherit' }
);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
mkdirSync('pictures', { recursive: true });

try {
	for (const shot of shots) {
		if (only.length > 0 && !only.some((name) => shot.name.includes(name))) continue;
		for (const [width, height] of shot.sizes ?? [[1440, 900]]) {
			for (const theme of shot.themes ?? ['light']) {
				const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
				page.on('console', (line) => line.type() === 'error' && console.log(shot.name, line.text()));
				page.on('pageerror', (error) => console.log(shot.name, String(error)));
				await page.addInitScript((kept) => localStorage.setItem('dramatis.window', JSON.stringify(kept)), {
					recent: ['char-mirelle', 'char-brother-anselm', 'char-lighthouse-unit-7'],
					...shot.kept
				});
				await connect(page, `http://127.0.0.1:${port}${shot.path}`);
				await page.waitForTimeout(500);
				if (shot.act) await shot.act(page);
				await page.waitForTimeout(250);
				await page.screenshot({ path: `pictures/${shot.name}-${width}-${theme}.png` });
				await page.close();
			}
		}
	}
} finally {
	await browser.close();
	server.kill();
}

async function connect(page, url) {
	for (let attempt = 0; ; attempt++) {
		try {
			return await page.goto(url);
		} catch (error) {
			if (attempt > 40) throw error;
			await new Promise((done) => setTimeout(done, 100));
		}
	}
}
