// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// One bit of state: the smallest contract that writes.
contract Flipper {
    bool public value;

    constructor(bool initial) {
        value = initial;
    }

    function flip() external {
        value = !value;
    }
}
