import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// `vite --mode fake` builds the window against the in-memory host: for tests and pictures only.
// It goes to a folder of its own, so that it can never be what the studio ships.
const fake = process.argv.some(
	(word, at, all) => word === '--mode=fake' || (word === '--mode' && all[at + 1] === 'fake')
);
const out = fake ? 'build-fake' : 'build';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: adapter({ pages: out, assets: out, fallback: 'index.html', strict: true }),
		outDir: fake ? '.svelte-kit/fake' : '.svelte-kit',
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['none'],
				'script-src': ['self'],
				// Floating menus are placed by inline styles.
				'style-src': ['self', 'unsafe-inline'],
				'font-src': ['self', 'data:'],
				'img-src': ['self', 'portrait:', 'http://portrait.localhost', ...(fake ? ['data:'] : [])],
				'connect-src': ['self', 'ipc:', 'http://ipc.localhost'],
				'base-uri': ['none'],
				'form-action': ['none']
			}
		}
	}
};
