import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
	plugins: [sveltekit(), svelteTesting()],
	define: { __FAKE_HOST__: JSON.stringify(mode === 'fake' || mode === 'test') },
	clearScreen: false,
	// Debian 12's WebKitGTK is 2.50; light-dark() needs 2.44.
	build: { target: ['safari17.5', 'chrome123'], assetsInlineLimit: 0 },
	test: { environment: 'jsdom', include: ['src/**/*.test.ts'], restoreMocks: true }
}));
