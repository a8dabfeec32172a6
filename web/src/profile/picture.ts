const side = 512;

/** The middle of an image file as a square of at most 512 pixels. Throws when it is no image. */
export async function squarePicture(file: Blob): Promise<Blob> {
  // The server takes up to 1 MiB, and a phone's photograph has more: make it small here.
  const image = await createImageBitmap(file);
  const edge = Math.min(image.width, image.height);
  const size = Math.min(side, edge);
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser has no canvas.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, (image.width - edge) / 2, (image.height - edge) / 2, edge, edge, 0, 0, size, size);
  image.close();
  // PNG and WebP may be transparent; JPEG would make that black.
  const type = file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png';
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.9));
  if (blob === null) throw new Error('The picture could not be written.');
  return blob;
}
