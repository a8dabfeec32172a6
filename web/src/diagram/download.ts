/** Offers a drawing as a file, under a name that every system takes. */
export function download(svg: string, name: string): void {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name.replaceAll(/[\\/:*?"<>|]+/g, ' ').trim();
  anchor.click();
  // The browser has taken the file over when the click returns.
  URL.revokeObjectURL(url);
}
