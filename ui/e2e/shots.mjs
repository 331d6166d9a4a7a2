// Each picture: where, at which sizes and themes, and what is done before it is taken.
const both = ['light', 'dark'];
const sizes = [
	[1440, 900],
	[900, 700]
];
const mirelle = '/character/char-mirelle';
const click = (id) => (page) => page.getByTestId(id).first().click();

const open = (name) => async (page) => {
	await page.locator(`[data-testid=review-row]:has-text("${name}")`).click();
	await page.getByTestId('verdict').waitFor();
};

export const shots = [
	{ name: 'library', path: '/', sizes, themes: both },
	{ name: 'library-table', path: '/', kept: { library: 'table' }, sizes },
	{ name: 'library-empty', path: '/?scene=empty', sizes, themes: both },
	{ name: 'library-loading', path: '/?scene=loading' },
	{ name: 'library-failing', path: '/?scene=failing' },
	{ name: 'library-long', path: '/?scene=long,rtl', sizes },
	{ name: 'library-none', path: '/', act: (page) => page.getByTestId('find').fill('zeppelin') },
	{ name: 'character', path: mirelle, sizes, themes: both },
	{ name: 'character-big', path: mirelle, kept: { textSize: 200 } },
	{ name: 'character-long', path: '/character/char-her-serene-highness?scene=long', sizes },
	{ name: 'character-rtl', path: '/character/char-layla?scene=rtl' },
	{ name: 'character-partial', path: `${mirelle}?scene=partial` },
	{ name: 'character-ghost', path: '/character/char-untitled-ghost' },
	{ name: 'character-loading', path: `${mirelle}?scene=loading` },
	{ name: 'character-missing', path: '/character/nobody' },
	{ name: 'lorebook', path: mirelle, act: click('tab-lorebook') },
	{ name: 'rest', path: mirelle, act: click('tab-rest') },
	{
		name: 'greetings',
		path: mirelle,
		act: (page) => page.getByTestId('add-alternate_greetings').scrollIntoViewIfNeeded()
	},
	{
		name: 'full',
		path: `${mirelle}?scene=full`,
		act: (page) => page.getByTestId('field-scenario').fill('Typed into a full disk.')
	},
	{
		name: 'conflict',
		path: `${mirelle}?scene=conflict`,
		act: (page) => page.getByTestId('field-description').fill('Mine.')
	},
	{ name: 'overtaken', path: `${mirelle}?scene=overtaken`, sizes, themes: both },
	{ name: 'taken-in', path: `${mirelle}?scene=overtaken`, sizes, themes: both, act: click('take-in') },
	{ name: 'alarm', path: `${mirelle}?scene=alarm` },
	{
		name: 'unfolded',
		path: mirelle,
		themes: both,
		act: async (page) => {
			await page.getByTestId('unfold-4').click();
			await page.getByTestId('unfold-1').click();
		}
	},
	{ name: 'actions', path: mirelle, act: click('actions-4') },
	{ name: 'drawer', path: mirelle, sizes: [[900, 700]], themes: both, act: click('toggle-timeline') },
	{ name: 'compare', path: mirelle, sizes, themes: both, act: click('compare') },
	{ name: 'compare-split', path: mirelle, kept: { diff: 'split' }, act: click('compare') },
	{ name: 'publish', path: mirelle, sizes, themes: both, act: click('publish') },
	{ name: 'publish-offline', path: `${mirelle}?scene=offline`, act: click('publish') },
	{ name: 'publish-missing', path: '/character/char-untitled-ghost', act: click('publish') },
	{ name: 'publish-blocked', path: '/character/char-oriel-vane', act: click('publish') },
	{
		name: 'waiting',
		path: `${mirelle}?scene=offline`,
		act: async (page) => {
			await page.getByTestId('publish').click();
			await page.getByTestId('publish-confirm').click();
		}
	},
	{
		name: 'revoke',
		path: mirelle,
		themes: both,
		act: async (page) => {
			await page.getByTestId('actions-4').click();
			await page.getByTestId('action-revoke').click();
		}
	},
	{
		name: 'deprecate',
		path: mirelle,
		act: async (page) => {
			await page.getByTestId('actions-4').click();
			await page.getByTestId('action-deprecate').click();
		}
	},
	{
		name: 'promote',
		path: mirelle,
		act: async (page) => {
			await page.getByTestId('actions-4').click();
			await page.getByTestId('action-promote').click();
		}
	},
	{ name: 'verify', path: mirelle, act: click('verify') },
	{ name: 'verify-alarm', path: `${mirelle}?scene=alarm`, act: click('verify') },
	{
		name: 'resolve',
		path: mirelle,
		act: async (page) => {
			await page.getByTestId('character-menu').click();
			await page.getByTestId('action-resolve').click();
		}
	},
	{
		name: 'export',
		path: mirelle,
		act: async (page) => {
			await page.getByTestId('character-menu').click();
			await page.getByTestId('action-export-draft').click();
			await page.getByTestId('export-v1').check();
		}
	},
	{
		name: 'import',
		path: '/',
		themes: both,
		act: (page) =>
			page.getByTestId('import-input').setInputFiles([
				{ name: 'Mirelle of the Salt Road.json', mimeType: 'application/json', buffer: Buffer.from('{}') },
				{ name: 'holiday.webp', mimeType: 'image/webp', buffer: Buffer.from('x') }
			])
	},
	{ name: 'import-sample', path: '/?scene=empty', act: (page) => page.getByTestId('sample-mirelle').click() },
	{ name: 'new', path: '/', act: click('new') },
	{ name: 'outbox', path: '/outbox?scene=needs-you', sizes, themes: both },
	{ name: 'reviews', path: '/reviews', sizes, themes: both },
	{ name: 'reviews-long', path: '/reviews?scene=long', sizes, themes: both },
	{ name: 'reviews-empty', path: '/reviews?scene=empty', themes: both },
	{ name: 'reviews-offline', path: '/reviews?scene=offline' },
	{ name: 'reviews-signed-out', path: '/reviews?scene=signed-out' },
	{ name: 'reviews-no-role', path: '/reviews?scene=no-role' },
	{ name: 'reviews-failing', path: '/reviews?scene=failing' },
	{ name: 'reviews-loading', path: '/reviews?scene=loading' },
	{ name: 'review', path: '/reviews', sizes, themes: both, act: open('Kestrel') },
	{ name: 'review-split', path: '/reviews', kept: { diff: 'split' }, act: open('Kestrel') },
	{
		name: 'review-card',
		path: '/reviews',
		sizes,
		themes: both,
		act: async (page) => {
			await open('Kestrel')(page);
			await page.getByTestId('review-whole').click();
		}
	},
	{ name: 'review-long', path: '/reviews?scene=long', sizes, themes: both, act: open('Archimandrite') },
	{ name: 'review-first', path: '/reviews', themes: both, act: open('Tin Mother') },
	{ name: 'review-own', path: '/reviews', act: open('Tamsin') },
	{ name: 'review-gone', path: '/reviews/nobody' },
	{
		name: 'reject',
		path: '/reviews',
		themes: both,
		act: async (page) => {
			await open('Kestrel')(page);
			await page.getByTestId('reject').click();
		}
	},
	{
		name: 'withdraw',
		path: '/character/char-tamsin-reed',
		themes: both,
		act: async (page) => {
			await page.getByTestId('actions-1').click();
			await page.getByTestId('action-withdraw').click();
		}
	},
	{ name: 'outbox-empty', path: '/outbox?scene=empty' },
	{ name: 'settings', path: '/settings', sizes, themes: both },
	{ name: 'settings-signed-out', path: '/settings?scene=signed-out' },
	{ name: 'settings-session', path: '/settings?scene=session-only' },
	{ name: 'recovered', path: '/?scene=recovered,offline' },
	{ name: 'palette', path: mirelle, themes: both, act: (page) => page.keyboard.press('Control+k') },
	{ name: 'keys', path: mirelle, act: (page) => page.keyboard.press('Shift+?') }
];
