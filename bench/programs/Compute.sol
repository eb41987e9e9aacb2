// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Work that is not storage: calls of functions, and 32-bit arithmetic in a loop.
contract Compute {
    function fib(uint256 n) public pure returns (uint256) {
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }

    /// Rounds of SHA-1's kind on state that is not hashed from anything.
    function rounds(uint256 count) external pure returns (uint32) {
        unchecked {
            uint32 a = 0x67452301;
            uint32 b = 0xefcdab89;
            uint32 c = 0x98badcfe;
            uint32 d = 0x10325476;
            uint32 e = 0xc3d2e1f0;
            for (uint256 i = 0; i < count; i++) {
                uint32 f = (b & c) | (~b & d);
                uint32 next = ((a << 5) | (a >> 27)) + f + e + 0x5a827999 + uint32(i);
                e = d;
                d = c;
                c = (b << 30) | (b >> 2);
                b = a;
                a = next;
            }
            return a ^ b ^ c ^ d ^ e;
        }
    }
}
