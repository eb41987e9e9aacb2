// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// What everyone talks to: its storage, the box's code.
contract BoxProxy is ERC1967Proxy {
    constructor(address implementation, bytes memory data) payable ERC1967Proxy(implementation, data) {}
}

/// A value behind a proxy, with code that its owner may replace.
contract BoxV1 is Initializable, UUPSUpgradeable {
    address public owner;
    uint256 public value;

    event Stored(address indexed by, uint256 value);

    error NotOwner(address caller);

    constructor() {
        _disableInitializers();
    }

    function initialize(address firstOwner) external initializer {
        owner = firstOwner;
    }

    function store(uint256 newValue) external {
        value = newValue;
        emit Stored(msg.sender, newValue);
    }

    function version() external pure virtual returns (uint256) {
        return 1;
    }

    function _authorizeUpgrade(address) internal view override {
        if (msg.sender != owner) revert NotOwner(msg.sender);
    }
}

/// The next version: it can count, and it starts with what the first one stored.
contract BoxV2 is BoxV1 {
    uint256 public increments;

    function migrate(uint256 firstIncrements) external reinitializer(2) {
        increments = firstIncrements;
    }

    function increment() external {
        value++;
        increments++;
        emit Stored(msg.sender, value);
    }

    function version() external pure override returns (uint256) {
        return 2;
    }
}
