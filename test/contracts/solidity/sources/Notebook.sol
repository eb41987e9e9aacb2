// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// Notes by their writers; several at a time by delegate calls to itself.
contract Notebook is Multicall {
    mapping(address writer => mapping(uint256 page => string)) private notes;

    event Noted(address indexed writer, uint256 indexed page, string text);

    error Taken(uint256 page);

    function note(uint256 page, string calldata text) external returns (uint256 length) {
        if (bytes(notes[msg.sender][page]).length != 0) revert Taken(page);
        notes[msg.sender][page] = text;
        emit Noted(msg.sender, page, text);
        return bytes(text).length;
    }

    function noteOf(address writer, uint256 page) external view returns (string memory) {
        return notes[writer][page];
    }
}
