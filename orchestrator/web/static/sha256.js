// SHA-256 (FIPS 180-4) piece by piece: crypto.subtle knows no pieces, and is missing on plain http.
(() => {
  "use strict";
  // The first 32 bits of the fractional parts of the cube and square roots of the first primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 0x100000000) | 0;
  const K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
  const START = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));

  class Sha256 {
    #state = START.slice();
    #words = new Int32Array(64);
    #block = new Uint8Array(64);
    #held = 0;
    #bytes = 0;

    update(piece) {
      this.#bytes += piece.length;
      let at = 0;
      if (this.#held) {
        at = Math.min(64 - this.#held, piece.length);
        this.#block.set(piece.subarray(0, at), this.#held);
        this.#held += at;
        if (this.#held < 64) return this;
        this.#mix(this.#block, 0);
        this.#held = 0;
      }
      for (; at + 64 <= piece.length; at += 64) this.#mix(piece, at);
      this.#block.set(piece.subarray(at));
      this.#held = piece.length - at;
      return this;
    }

    hex() {
      const bytes = this.#bytes;
      const end = new Uint8Array((this.#held < 56 ? 64 : 128) - this.#held);
      end[0] = 0x80;
      const view = new DataView(end.buffer);
      view.setUint32(end.length - 8, Math.floor(bytes / 0x20000000));
      view.setUint32(end.length - 4, (bytes * 8) % 0x100000000);
      this.update(end);
      return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    }

    #mix(bytes, at) {
      const w = this.#words, s = this.#state, k = K;
      for (let i = 0; i < 16; i++, at += 4)
        w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t1) | 0;
        d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      s[0] += a; s[1] += b; s[2] += c; s[3] += d;
      s[4] += e; s[5] += f; s[6] += g; s[7] += h;
    }
  }

  globalThis.Sha256 = Sha256;
})();
