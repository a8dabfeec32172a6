import { brotliCompressSync } from 'node:zlib';
import { expect, test } from './support/test';

const KIB = 1024;

test('the sign-in page takes less than 150 KB of scripts and styles', async ({ visit }) => {
  const loading: Promise<{ url: string; bytes: number }>[] = [];
  const page = await visit(null, '/', {
    before: async (page) => {
      page.on('response', (response) => {
        if (!['script', 'stylesheet'].includes(response.request().resourceType())) return;
        // A server that was built for debugging sends files as they are.
        const weigh = async () => ({ url: response.url(), bytes: brotliCompressSync(await response.body()).length });
        loading.push(weigh());
      });
    },
  });
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  const files = await Promise.all(loading);
  expect(files).not.toEqual([]);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  console.info(`the sign-in page takes ${(total / KIB).toFixed(1)} KiB in ${files.length} files`);
  expect(total).toBeLessThan(150_000);
});
