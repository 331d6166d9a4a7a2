import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const onlyHost = {
	patterns: [{ group: ['@tauri-apps/*'], message: 'Only src/lib/host.ts talks to the shell.' }]
};

export default ts.config(
	{
		ignores: [
			'build/',
			'build-fake/',
			'.svelte-kit/',
			'test-results/',
			'playwright-report/',
			'src/lib/bindings.ts'
		]
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{ languageOptions: { globals: { ...globals.browser, ...globals.node, __FAKE_HOST__: 'readonly' } } },
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } }
	},
	{
		rules: {
			'no-undef': 'off',
			'no-restricted-imports': ['error', onlyHost],
			// A card's text is text: it is never rendered as HTML.
			'svelte/no-at-html-tags': 'error',
			'svelte/no-navigation-without-resolve': 'off',
			// Maps and dates here are replaced whole, never changed in place.
			'svelte/prefer-svelte-reactivity': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }]
		}
	},
	{ files: ['src/lib/host.ts'], rules: { 'no-restricted-imports': 'off' } }
);
