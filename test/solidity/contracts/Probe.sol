// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Created by Probe: immutables, a payable constructor that can refuse, and functions that fail in each way.
contract Child {
    uint256 public immutable seed;
    address public immutable creator;
    uint256 public stored;

    error Refused(uint256 code, address caller);

    constructor(uint256 seed_) payable {
        require(seed_ != 13, "unlucky");
        seed = seed_;
        creator = msg.sender;
        stored = seed_ + 1;
    }

    receive() external payable {}

    function set(uint256 value) external payable returns (uint256) {
        stored = value;
        return msg.value;
    }

    function refuse(uint256 code) external {
        stored = code;
        revert Refused(code, msg.sender);
    }

    function trap() external {
        stored = 99;
        assembly {
            invalid()
        }
    }

    function spin() external {
        while (true) stored += 1;
    }

    function checked(uint256 a, uint256 b) external pure returns (uint256) {
        return a / b;
    }

    /// Runs in the storage of whoever delegates to this code.
    function plant(uint256 value) external payable returns (address, address, uint256, uint256) {
        stored = value;
        return (address(this), msg.sender, msg.value, seed);
    }

    function callBack(address target, bytes calldata data) external returns (bool ok, bytes memory output) {
        (ok, output) = target.call(data);
    }
}

/// Touches every host service that Solidity reaches.
contract Probe {
    // Slot 0, where Child keeps `stored`: delegated code writes here.
    uint256 public stored;
    address public last;

    event Zero();
    event Anonymous() anonymous;
    event Four(uint256 indexed a, uint256 indexed b, bytes32 indexed c, bytes data);

    constructor() payable {}

    receive() external payable {}

    function who() external payable returns (address, address, address, uint256) {
        return (address(this), msg.sender, tx.origin, msg.value);
    }

    function chain() external view returns (uint256, uint256, uint256, uint256, address, uint256, uint256) {
        return (
            block.number,
            block.timestamp,
            block.chainid,
            block.basefee,
            block.coinbase,
            block.gaslimit,
            tx.gasprice
        );
    }

    function blockHash(uint256 number) external view returns (bytes32) {
        return blockhash(number);
    }

    function gasOf(uint256 rounds) external returns (uint256 before, uint256 used) {
        before = gasleft();
        for (uint256 i = 0; i < rounds; i++) stored += i;
        used = before - gasleft();
    }

    function account(address a) external view returns (uint256, uint256, bytes32, uint256) {
        return (address(this).balance, a.balance, a.codehash, a.code.length);
    }

    function hash(bytes calldata data) external pure returns (bytes32, bytes32, bytes20) {
        return (keccak256(data), sha256(data), ripemd160(data));
    }

    function echo(bytes calldata data) external pure returns (bytes calldata) {
        return data;
    }

    function events() external {
        emit Zero();
        emit Anonymous();
        emit Four(1, 2, bytes32("three"), "four");
    }

    function transientRoundTrip(uint256 key, uint256 value) external returns (uint256 before, uint256 afterwards) {
        assembly {
            before := tload(key)
            tstore(key, value)
            afterwards := tload(key)
        }
    }

    function create(uint256 seed) external payable returns (address) {
        last = address(new Child{value: msg.value}(seed));
        return last;
    }

    function create2(uint256 seed, bytes32 salt) external returns (address) {
        last = address(new Child{salt: salt}(seed));
        return last;
    }

    function tryCreate(uint256 seed) external returns (address created, bytes memory reason) {
        try new Child(seed) returns (Child child) {
            created = address(child);
        } catch (bytes memory data) {
            reason = data;
        }
    }

    function forward(address target, uint256 value, bytes calldata data)
        external
        payable
        returns (bool ok, bytes memory output)
    {
        (ok, output) = target.call{value: value}(data);
    }

    function forwardStatic(address target, bytes calldata data) external view returns (bool ok, bytes memory output) {
        (ok, output) = target.staticcall(data);
    }

    function forwardDelegate(address target, bytes calldata data)
        external
        payable
        returns (bool ok, bytes memory output)
    {
        (ok, output) = target.delegatecall(data);
    }

    function pay(address payable to, uint256 value) external {
        to.transfer(value);
    }

    /// Calls itself through the host until `levels` is used up; returns how deep it came.
    function descend(uint256 levels) external returns (uint256) {
        stored += 1;
        if (levels == 0) return 0;
        return 1 + this.descend(levels - 1);
    }

    function write(uint256 value) external {
        stored = value;
    }
}
