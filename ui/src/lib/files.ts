/** The largest card that is taken in: the host has limits of its own, this one spares the window. */
export const largestCard = 64 * 1024 * 1024;

/** A file's bytes in base64, as they go to the host. Ids and bytes cross, never paths. */
export function base64Of(file: Blob): Promise<string> {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => {
			const url = String(reader.result);
			resolve(url.slice(url.indexOf(',') + 1));
		};
		reader.onerror = () => reject(reader.error ?? new Error('The file could not be read.'));
		reader.readAsDataURL(file);
	});
}
