import type { Host } from '../hostInterface';
import type { Context } from './context';
import { FakeImports, samples } from './imports';
import { simple } from './texts';
import { summary } from './views';
import { character as newCharacter } from './world';

type Part = Pick<
	Host,
	'listCharacters' | 'listSamples' | 'createCharacter' | 'previewImport' | 'previewSample' | 'commitImports'
>;

export function fakeLibrary({ world, answer, tell }: Context): Part {
	const imports = new FakeImports(world);
	return {
		listCharacters: () => answer(() => world.characters.map((it) => summary(world, it))),
		listSamples: () => answer(samples),
		createCharacter: (name) =>
			answer(() => {
				const it = newCharacter(
					name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
					simple(name, '', '', [], null),
					0
				);
				world.characters.unshift(it);
				tell(['library']);
				return it.id;
			}),
		previewImport: (fileName) => answer(() => imports.file(fileName)),
		previewSample: (sample) => answer(() => imports.sample(sample)),
		commitImports: (chosen) =>
			answer(() => {
				const ids = chosen.map(({ preview, choice }) => imports.commit(preview, choice));
				tell(['library', ...ids.flatMap((id) => (id ? [`character:${id}`] : []))]);
				return ids;
			})
	};
}
