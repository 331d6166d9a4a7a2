import { defineConfig } from '@playwright/test';

const port = 4178;

// The built window against its in-memory host, in Debian's Chromium. Nothing is downloaded.
export default defineConfig({
	testDir: 'e2e',
	testMatch: '*.spec.ts',
	fullyParallel: true,
	workers: 2,
	forbidOnly: Boolean(process.env.CI),
	reporter: 'list',
	use: {
		baseURL: `http://127.0.0.1:${port}`,
		viewport: { width: 1440, height: 900 },
		launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }
	},
	webServer: [
		{
			command: `sirv build-fake --single --quiet --host 127.0.0.1 --port ${port}`,
			port,
			reuseExistingServer: false
		},
		{
			command: `sirv build --single --quiet --host 127.0.0.1 --port ${port + 1}`,
			port: port + 1,
			reuseExistingServer: false
		}
	]
});
